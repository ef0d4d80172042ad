import { spawn } from 'node:child_process'

spawn('python3', ['score.py'])
