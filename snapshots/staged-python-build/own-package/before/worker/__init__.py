def main():
    print("works")
