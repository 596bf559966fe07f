"""What `yinuo doctor` runs: first what needs no database, then, if the database answers, the rest."""

import argparse
import json
import os
from pathlib import Path

import psycopg
from django.utils.module_loading import import_string

from yinuo.config.database import with_database
from yinuo.config.doctor.finding import Finding, Level, as_json, as_text, broken
from yinuo.config.doctor.machine import machine_checks
from yinuo.config.paths import data_folder
from yinuo.config.postgres import DataLock
from yinuo.config.refusal import Refusal
from yinuo.foundation.keyfile import KeyUnusable


def examine(chosen: argparse.Namespace) -> int:
    """Exit code 1 where something is broken; things to watch alone are no failure."""
    data = data_folder(chosen.data)
    address = DataLock(data).owner().get("address")  # of the running house, whatever this shell's environment says
    findings = list(machine_checks(data, {**os.environ, **({"YINUO_BASE_URL": address} if address else {})}))
    unusable = any(
        finding.level == Level.BROKEN and finding.check in ("data folder", "key file") for finding in findings
    )
    if unusable:  # Django's settings would make a new key, and that would only add to the trouble
        findings.append(broken("database", "not asked", "Mend the above first."))
    else:
        findings += _house(data)
    report = as_json(findings)
    print(json.dumps(report, ensure_ascii=False, indent=1) if chosen.json else as_text(findings))
    return 0 if report["ok"] else 1


def _house(data: Path) -> list[Finding]:
    try:
        with with_database(data, "doctor"):
            return import_string("yinuo.config.doctor.house.run_checks")(data)
    except (Refusal, KeyUnusable, psycopg.Error) as error:
        return [broken("database", str(error), "Start it, or check DATABASE_URL.")]
