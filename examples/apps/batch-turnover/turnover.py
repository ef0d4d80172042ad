import csv
import sys
from collections import Counter
from pathlib import Path

from dateutil.parser import parse
from tabulate import tabulate

months = Counter()
with open(sys.argv[1]) as orders:
    for order in csv.DictReader(orders):
        months[parse(order["day"]).strftime("%Y-%m")] += int(order["amount"])
table = tabulate(sorted(months.items()), headers=["month", "turnover"])
Path("out").mkdir(exist_ok=True)
Path("out/turnover.txt").write_text(table)
print(table)
