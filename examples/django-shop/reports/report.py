"""Sums the orders of each day into a report next to this script, again and again."""

import csv
import os
import time
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

HERE = Path(__file__).resolve().parent


def turnover_by_day(orders):
    turnover = defaultdict(Decimal)
    for order in orders:
        turnover[order["day"]] += int(order["pieces"]) * Decimal(order["price"])
    return turnover


def write_report(target):
    with (HERE / "orders.csv").open(newline="") as source:
        turnover = turnover_by_day(csv.DictReader(source))
    target.parent.mkdir(exist_ok=True)
    with target.open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["day", "turnover"])
        rows.writerows(sorted(turnover.items()))


if __name__ == "__main__":
    while True:
        write_report(HERE / "out" / "turnover.csv")
        print("report written", flush=True)
        time.sleep(float(os.environ.get("REPORT_INTERVAL", "3600")))
