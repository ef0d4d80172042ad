import 'reflect-metadata'
import { NestFactory } from '@nestjs/core'
import { TasksModule } from './tasks.module'

async function start() {
  const app = await NestFactory.create(TasksModule)
  await app.listen(3000, '0.0.0.0')
}

start()
