import os

from redis import Redis

queue = Redis(os.environ.get("REDIS_HOST", "localhost"), decode_responses=True)
print("waiting for parcels")
with open("worker.log", "a") as log:
    while True:
        _, number = queue.brpop("parcels")
        queue.set(f"place:{number}", "in the warehouse")
        print(number, file=log, flush=True)
        print("seen", number)
