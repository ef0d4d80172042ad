import { test } from 'uvu'
