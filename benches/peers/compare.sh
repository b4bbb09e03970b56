#!/usr/bin/env bash
# hedui and splink on the same data: CPU seconds, peak memory, precision, recall, F1.
#
#     benches/peers/compare.sh [WORK_DIR [VENV]]
#
# WORK_DIR (a new temporary folder if absent) receives data, links and results; VENV (WORK_DIR/venv
# if absent) the Python packages, installed when missing. Needs python3, GNU time and pip's
# network; the data come with the packages. Environment:
#     HEDUI      the program (target/release/hedui of this repository if absent)
#     THREADS    threads of either program (1)
#     ONLY       data sets, of: febrl4 pseudopeople1 pseudopeople5 chinese (all of them)
#     HOUSEHOLDS households of the synthetic county `chinese` (46500: 100,000 people)
#     DAMAGE     its damage, as `hedui synth --damage` (1)
#
# CPU is user plus system time, whole process for hedui; for splink from start to links, its
# search for the best threshold not counted. splink has two rows: with the threshold that is best
# once the truth is known, and at its own 0.5 probability. hedui never sees the truth.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=${1:-$(mktemp -d)}
venv=${2:-$work/venv}
hedui=${HEDUI:-$here/../../target/release/hedui}
threads=${THREADS:-1}
data=$work/data
mkdir -p "$data" "$work/links"

if [[ ! -x $venv/bin/python ]]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet recordlinkage==0.16 pseudopeople==1.3.1 splink==5.0.0 \
        'duckdb==1.5.*' 'pandas<3' pyarrow pypinyin
fi
python=$venv/bin/python
export PYTHONWARNINGS=ignore

[[ -e $data/pseudopeople5/truth.csv ]] || "$python" "$here/data.py" "$data" >&2

if [[ ! -e $data/chinese/truth.parquet ]]; then
    "$hedui" synth --quiet --no-benefits --format parquet --seed 21 --out "$work/county" \
        --households "${HOUSEHOLDS:-46500}" --damage "${DAMAGE:-1}" >&2
    "$python" "$here/county.py" "$work/county" "$data/chinese"
fi

# One row of the table. Arguments: data set, tool, CPU seconds, peak MB, links file.
row() {
    "$python" "$here/score.py" "$5" "$(truth "$1")" --data "$data/$1" --row "$1" "$2" "$3" "$4"
}

truth() { ls "$data/$1"/truth.* | head -n 1; }

echo '| Data | Tool | CPU s | Peak MB | Precision | Recall | F1 | Household precision | Household recall |'
echo '|---|---|---:|---:|---:|---:|---:|---:|---:|'
for name in ${ONLY:-febrl4 pseudopeople1 pseudopeople5 chinese}; do
    [[ -e $data/$name/left.parquet ]] || continue

    pipeline=$here/${name%[0-9]}.toml
    [[ $name == febrl4 ]] && pipeline=$here/febrl4.toml
    [[ $name == chinese ]] && pipeline=$here/../../pipelines/persons-zh.toml
    suffix=parquet
    [[ -e $data/$name/left.csv ]] && suffix=csv
    if [[ -e $pipeline ]]; then
        /usr/bin/time -f '%U %S %M' -o "$work/time" "$hedui" link "$pipeline" --quiet \
            --left "$data/$name/left.$suffix" --right "$data/$name/right.$suffix" \
            --out "$work/hedui-$name" --threads "$threads" >&2
        read -r cpu peak < <(tail -n 1 "$work/time" |
            awk '{ printf "%.1f %d\n", $1 + $2, $3 / 1024 }')
        row "$name" hedui "$cpu" "$peak" "$work/hedui-$name/latest/data/member_links.parquet"
    fi

    for tool in best 0.5; do
        options=()
        [[ $tool == 0.5 ]] && options=(--threshold 0)
        links=$work/links/splink-$tool-$name.csv
        "$python" "$here/splink_link.py" "$name" "$data/$name" --links "$links" \
            --threads "$threads" "${options[@]}" 2>"$work/links/splink-$tool-$name.log" \
            >"$work/links/splink-$tool-$name.json"
        read -r cpu peak < <("$python" -c '
import json, sys
run = json.load(sys.stdin)
print(run["cpu_seconds"], run["peak_mb"])' <"$work/links/splink-$tool-$name.json")
        row "$name" "splink 5.0 ($tool)" "$cpu" "$peak" "$links"
    done
done
