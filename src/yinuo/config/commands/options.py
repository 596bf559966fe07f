"""Options that several commands share."""

import argparse


def add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", metavar="FOLDER", help="data folder (default: YINUO_DATA, else ./data)")
