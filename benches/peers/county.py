"""A synthetic county's people as two tables that splink can read, and which of them are one person.

    python county.py SYNTH_DIR OUT_DIR [--without-identifiers]

SYNTH_DIR is what `hedui synth --no-benefits --format parquet` wrote. OUT_DIR receives left.parquet,
right.parquet (person_no, name, id_no, birth_date, sex, township, village, household; all text, missing
values null) and truth.parquet (left, right). A birth date or sex that is not printed is taken from a
sound number of 18 characters, as a county's staff would do it. Needs pandas and pyarrow.
"""

import argparse
import pathlib
import re

import pandas as pd

COLUMNS = {
    "姓名": "name", "证件号码": "id_no", "身份证号码": "id_no", "出生日期": "birth_date", "性别": "sex",
    "乡(镇)": "township", "乡镇": "township", "行政村": "village", "村": "village", "户编号": "household",
}
KEPT = ["person_no", "name", "id_no", "birth_date", "sex", "township", "village", "household"]


def is_sound(number):
    """Whether 18 characters carry their check character (GB 11643-1999)."""
    if not re.fullmatch(r"\d{17}[\dXx]", number):
        return False
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    check = "10X98765432"[sum(int(digit) * weight for digit, weight in zip(number, weights)) % 11]
    return number[17].upper() == check


def people(folder, pattern, side, synth):
    """All people of one side, numbered, and the number of each place."""
    places, tables, start = {}, [], 0
    for path in sorted((synth / folder).glob(pattern)):
        table = pd.read_parquet(path).rename(columns=COLUMNS)
        file = path.relative_to(synth).as_posix()
        table["person_no"] = [f"{side}{start + at}" for at in range(len(table))]
        places |= {(file, at + 1): number for at, number in enumerate(table["person_no"])}
        start += len(table)
        tables.append(table)
    table = pd.concat(tables, ignore_index=True)
    for column in KEPT:
        if column not in table:
            table[column] = None
    number = table["id_no"].astype("string").str.replace(r"\s", "", regex=True).str.slice(0, 18)
    whole = number.map(is_sound, na_action="ignore").fillna(False).astype(bool)
    born = number.str.slice(6, 10) + "-" + number.str.slice(10, 12) + "-" + number.str.slice(12, 14)
    printed = pd.to_datetime(table["birth_date"], errors="coerce", format="mixed").dt.strftime("%Y-%m-%d")
    table["birth_date"] = born.where(whole, printed)
    odd = number.str.slice(16, 17).isin(list("13579")).map({True: "男", False: "女"})
    table["sex"] = odd.where(whole, table["sex"])
    return table[KEPT].astype("string").astype(object).where(table[KEPT].notna(), None), places


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("synth", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--without-identifiers", action="store_true")
    asked = parser.parse_args()
    left, left_places = people("national", "贫困户*", "L", asked.synth)
    right, right_places = people("provincial", "人员*", "R", asked.synth)
    if asked.without_identifiers:
        left["id_no"] = right["id_no"] = None
    truth = pd.read_csv(asked.synth / "truth" / "members.csv", dtype=str)
    truth = truth[truth["duplicate"] != "true"].dropna(subset=["national_file", "provincial_file"])
    place = lambda side, places: [
        places[file, int(row)] for file, row in zip(truth[f"{side}_file"], truth[f"{side}_row"])
    ]
    pairs = pd.DataFrame({"left": place("national", left_places), "right": place("provincial", right_places)})
    asked.out.mkdir(parents=True, exist_ok=True)
    for name, table in (("left", left), ("right", right), ("truth", pairs)):
        table.to_parquet(asked.out / f"{name}.parquet", index=False)


if __name__ == "__main__":
    main()
