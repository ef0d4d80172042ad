import { describe, expect, it } from 'vitest'
import { taskOf } from '../../src/facts/jobs.js'

const task = (line: string) => taskOf(line.split(' '))

describe('command lines that end', () => {
  it.each([
    'python manage.py migrate',
    'python -u ./manage.py migrate --noinput',
    'python3.12 -m alembic upgrade head',
    'alembic -c app/alembic.ini upgrade head',
    'bundle exec rails db:migrate',
    'bin/rake db:schema:load',
    'npx prisma migrate deploy',
    'php artisan migrate --force',
    'php bin/console doctrine:migrations:migrate -n',
    'mc mb --ignore-existing local/media',
    'migrate -path /migrations -database postgres://db up',
    'psql -h db -f /schema.sql',
    'kafka-topics --bootstrap-server kafka:9092 --create --topic orders',
  ])('%s is a job', (line) => expect(task(line)).toBe('job'))

  it.each(['echo done', 'sleep 5', 'exit 0', 'nc -z db 5432', 'mc ready local'])('%s is plumbing', (line) =>
    expect(task(line)).toBe('plumbing'),
  )

  it.each([
    'python main.py',
    'python manage.py runserver',
    'flask run',
    'sleep infinity',
    'tail -f /dev/null',
    'mc mirror --watch a b',
    'mc admin trace local',
    'psql',
    'npx prisma studio',
    'rails server',
    'constructor',
    '',
  ])('of %s nobody here knows whether it ends', (line) => expect(task(line)).toBeUndefined())
})
