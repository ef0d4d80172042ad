from tasks import runner

if __name__ == "__main__":
    runner.run(forever=True)
