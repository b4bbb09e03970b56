"""Score links against the truth: precision, recall and F1 of persons, and of households.

    python score.py LINKS TRUTH [--data DATA_DIR] [--row CELL ...]

Needs `pip install pandas pyarrow`. LINKS is a CSV or Parquet file with the columns left,right
(record ids), or hedui's member_links.parquet (rows whose decision is `match`; left is
national_person_no, right is provincial_person_no). TRUTH is a file with the columns left,right.

With --data, a folder with left, right and households (CSV or Parquet, as data.py writes them),
households are scored too: linked persons vote for their pair of households, and a pair counts
when each is the other's best (most linked members, then the larger share of members, then the
lower number). Only household pairs can be counted whose two sides are both known.

Prints one line of JSON; with --row, a Markdown table row instead: the cells given, then
precision, recall, F1, household precision, household recall.
"""

import argparse
import json
import pathlib

import pandas as pd


def read(path):
    """A CSV or Parquet file, every value a string."""
    path = pathlib.Path(path)
    if path.suffix == ".parquet":
        table = pd.read_parquet(path)
        return table.astype(object).where(table.notna(), None).map(
            lambda value: None if value is None else str(value)
        )
    return pd.read_csv(path, dtype=str)


def read_links(path):
    """The set of (left, right) pairs of a links file."""
    table = read(path)
    if "national_person_no" in table.columns:
        table = table[table["decision"] == "match"]
        table = table.rename(
            columns={"national_person_no": "left", "provincial_person_no": "right"}
        )
    table = table[["left", "right"]].dropna()
    return set(zip(table["left"], table["right"]))


def quality(found, truth):
    """Precision, recall and F1 of a set of pairs."""
    right = len(found & truth)
    precision = right / len(found) if found else 1.0
    recall = right / len(truth) if truth else 1.0
    f1 = 2 * right / (len(found) + len(truth)) if found or truth else 1.0
    return {
        "precision": round(precision, 5),
        "recall": round(recall, 5),
        "f1": round(f1, 5),
        "found": len(found),
        "right": right,
        "truth": len(truth),
    }


def side(folder, name):
    """(record id -> household, household -> number of members) of one side."""
    path = folder / f"{name}.parquet"
    table = read(path if path.exists() else folder / f"{name}.csv")
    key = "rec_id" if "rec_id" in table.columns else "person_no"
    return dict(zip(table[key], table["household"])), table["household"].value_counts()


def household_pairs(links, folder):
    """Pairs of households that are each other's best by the votes of linked persons."""
    left_home, left_size = side(folder, "left")
    right_home, right_size = side(folder, "right")
    votes = pd.DataFrame(
        [(left_home.get(a), right_home.get(b)) for a, b in links], columns=["left", "right"]
    ).dropna()
    votes = votes.groupby(["left", "right"]).size().rename("votes").reset_index()
    size = votes["left"].map(left_size) + votes["right"].map(right_size)
    votes["share"] = 2 * votes["votes"] / size
    votes = votes.sort_values(
        ["votes", "share", "left", "right"], ascending=[False, False, True, True]
    )
    best = votes[~votes["left"].duplicated() & ~votes["right"].duplicated()]
    return set(zip(best["left"], best["right"]))


def score(links, truth, folder=None):
    """Everything this script prints, as a dictionary; `links` and `truth` are sets of pairs."""
    result = {"persons": quality(links, truth)}
    for suffix in ("csv", "parquet"):
        path = folder / f"households.{suffix}" if folder else None
        if path and path.exists():
            result["households"] = quality(household_pairs(links, folder), read_links(path))
            break
    return result


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("links")
    parser.add_argument("truth")
    parser.add_argument("--data", type=pathlib.Path)
    parser.add_argument("--row", nargs="+", metavar="CELL")
    arguments = parser.parse_args()
    result = score(read_links(arguments.links), read_links(arguments.truth), arguments.data)
    if not arguments.row:
        print(json.dumps(result))
        return
    homes = result.get("households", {})
    numbers = [result["persons"][key] for key in ("precision", "recall", "f1")]
    numbers += [homes.get(key) for key in ("precision", "recall")]
    cells = [*arguments.row, *("" if n is None else f"{n:.5f}" for n in numbers)]
    print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
