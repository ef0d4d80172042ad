import { Body, Controller, Get, Post } from '@nestjs/common'

@Controller('tasks')
export class TasksController {
  private readonly tasks: string[] = ['water the plants']

  @Get()
  all() {
    return this.tasks
  }

  @Post()
  add(@Body('title') title = 'untitled') {
    this.tasks.push(title)
    return { tasks: this.tasks.length }
  }
}
