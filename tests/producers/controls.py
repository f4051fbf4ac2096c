"""Messages with fixed content, and the study that they belong to. All people in them are made up."""

import datetime as dt
from importlib import resources

from schemas.study import StudyDefinition, parse_study

STUDY: StudyDefinition = parse_study(resources.files("schemas.studies").joinpath("nct06486350.toml").read_bytes())
ZONE = dt.timezone(dt.timedelta(hours=8))

RECEIVED_AT = dt.datetime(2025, 3, 4, 12, 0, tzinfo=dt.UTC)
"""20:00 on 4 March 2025 in the study's zone; everything in the controls has happened by then."""

NUMBER = "ZY00123456"
NAME = "模拟^患者甲"
SECRETS = (NUMBER, "模拟", "患者甲", "19700102", "13900000000")
"""What must never be in a log line, an answer or an event."""


def blood_count(
    *,
    control_id: str = "MSG00001",
    sent: str = "20250304101500",
    number: str = NUMBER,
    version: str = "2.3.1",
    kind: str = "ORU^R01",
    processing_id: str = "P",
    charset: str = "UNICODE UTF-8",
    sender: str = "BF-6900",
    order: str = "2025030417",
    collected: str = "20250304083000",
    reported: str = "20250304101200",
    obx: tuple[str, ...] = (
        "OBX|1|NM|6690-2^WBC^LN||3.20|10*3/uL|3.50-9.50|L|||F",
        "OBX|2|NM|777-3^PLT^LN||41|10*9/L|125-350|L|||F",
    ),
    tail: tuple[str, ...] = (),
) -> str:
    """A count from an analyser, 2.3.1: specimen in OBR-15, no SPM."""
    return "\r".join(
        [
            f"MSH|^~\\&|{sender}|FJMUUH|TRIALOG|FJMUUH|{sent}||{kind}|{control_id}|{processing_id}|{version}||||||{charset}",
            f"PID|1||{number}^^^FJMUUH^MR||{NAME}||19700102|M|||||13900000000",
            f"OBR|1||{order}|CBC^Blood count^99MRC|||{collected}||||||||BLDV^Venous blood|||||||{reported}|||F",
            *obx,
            *tail,
            "",
        ]
    )


def interleukin(
    *,
    control_id: str = "LIS000001",
    sent: str = "20250304180000",
    number: str = NUMBER,
    code: str = "IL6-BM^Interleukin-6 in marrow^99LAB",
    value: str = "SN|{code}||<^1.5|pg/mL",
    status: str = "F",
    specimen: str = "BMSUP^Bone marrow supernatant^99LAB",
    collected: str = "202503040915+0800",
    reported: str = "20250304173000",
    notes: tuple[str, ...] = ("NTE|1|L|LLOQ=1.5", "NTE|2|L|ULOQ=5000", "NTE|3|L|DILUTION=2"),
) -> str:
    """Interleukin-6 from a laboratory system, 2.5.1: specimen in SPM, after the result."""
    analysed = "202503040915|||ECLIA^Elecsys^99LAB|COBAS-E801-17^Roche|20250304161500"
    return "\r".join(
        [
            f"MSH|^~\\&|LIS-A|FJMUUH|TRIALOG|FJMUUH|{sent}||ORU^R01^ORU_R01|{control_id}|P|2.5.1||||||UNICODE UTF-8",
            f"PID|1||{number}^^^FJMUUH^MR||{NAME}||19700102|M",
            f"OBR|1|P-77|L-2025-0042|IL6^Interleukin-6^99LAB|||{collected}|||||||||||||||{reported}|||F",
            f"OBX|1|{value.format(code=code)}|<7.0|N|||{status}|||{analysed}",
            *notes,
            f"SPM|1|A-2025-0042&FJMUUH||{specimen}|||||||||||||{collected}|20250304100000",
            "",
        ]
    )
