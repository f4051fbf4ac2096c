"""The README inside an export, for whoever opens it: English first, then the same in Chinese. Pure."""

from collections.abc import Sequence

from projections.seals.checkpoint import Seal
from projections.seals.keys import PublicKey

_TEXT = """\
# The ledger of {study}, to seal {number}

This archive holds the first {rows} rows of the ledger, all that was committed up to commit {commit}, as sealed at {at}.
What came later is in a later export. **It holds pseudonymised data of patients: keep it as you keep the trial's data.**

## Check it without us

Wanted: Python 3.9 or later, on any machine; no network, nothing to install.

1. Get `verify_trialog.py` from Trialog's public source, or from an earlier export that you checked. The copy in here
   comes from those whom you check: compare it, or read it; it has 400 lines.
2. Get the public key from where the study published it: its protocol, its contract, its registry entry, or by
   telephone. The file `keys.txt` in here says which keys to ask for, and proves nothing. Its fingerprints:
{fingerprints}
3. Run `python3 verify_trialog.py THIS.zip --key 'KEY'`. With a seal that you kept from an earlier visit, add
   `--kept SEAL`: then it is shown as well that nothing which that seal covered was changed since.
4. **Keep `last-seal.txt`**, somewhere that the study's people cannot reach. It is what makes the next check stronger.

Exit code 0: whole. 1: not whole, and the output names the first difference of each partition and kind, and which rows
stay trustworthy. 2: it could not be run so.

## What is in here

| file | what |
|---|---|
| `rows/TOPIC.PARTITION.jsonl` | every record of the log in order: exact bytes (base64), verdict, times, hashes |
| `commits.jsonl` | which rows were written together, and when |
| `seals.txt`, `last-seal.txt` | every signed seal; the last one alone |
| `keys.txt` | the public keys that signed them |
| `study.toml` | the study definition with which this Trialog runs |
| `contracts/`, `data-dictionary.*.md` | what each event and field means: JSON Schemas, AsyncAPI, dictionary |
| `manifest.txt` | SHA-256 of every file; {signed_en} |

## What it proves, and what not

It proves that these rows, their verdicts and their times are those that were sealed, that none is missing among them,
and that no seal contradicts another. It does not prove that what was sent was true; nor what came after the seal; nor
anything against somebody who holds the sealing key and can exchange every seal that is kept outside, yours included.
That is why you keep one.

# {study} 的账本，截至第 {number} 号封印

本归档包含账本的前 {rows} 行，即截至第 {commit} 次提交的全部内容，封印时间 {at}。之后的内容见以后的导出。
**其中含有患者的假名化数据，请按试验数据的要求保管。**

## 不依赖我们进行核查

需要：任意机器上的 Python 3.9 或更高版本；无需联网，无需安装任何东西。

1. 从 Trialog 的公开源码，或从您核查过的旧导出中取得 `verify_trialog.py`。
   归档内的副本来自被核查方：请比对或通读，共 400 行。
2. 从研究方公布公钥之处（方案、合同、注册信息或电话）取得公钥。
   归档内的 `keys.txt` 只说明应索取哪些公钥，本身不作证明。指纹：
{fingerprints}
3. 运行 `python3 verify_trialog.py THIS.zip --key 'KEY'`。
   若您保留了以前的封印，请加 `--kept SEAL`：可同时证明该封印覆盖的内容此后未被改动。
4. **请保存 `last-seal.txt`**，放在研究方人员无法触及之处。它使下一次核查更有力。

退出码 0：完整。1：不完整，输出会指出每个分区、每类的第一处差异，以及哪些行仍可信。2：用法有误，无法运行。

## 内容

| 文件 | 内容 |
|---|---|
| `rows/TOPIC.PARTITION.jsonl` | 日志的每条记录，按顺序：原始字节（base64）、判定、时间、哈希 |
| `commits.jsonl` | 哪些行同时写入，以及写入时间 |
| `seals.txt`、`last-seal.txt` | 全部签名封印；最后一个单独列出 |
| `keys.txt` | 签署封印的公钥 |
| `study.toml` | 本 Trialog 所用的研究定义 |
| `contracts/`、`data-dictionary.*.md` | 每个事件和字段的含义：JSON Schema、AsyncAPI、数据字典 |
| `manifest.txt` | 每个文件的 SHA-256；{signed_zh} |

## 能证明什么，不能证明什么

能证明：这些行及其判定和时间就是当时被封印的内容，其间无一缺失，且各封印互不矛盾。不能证明：所发送的内容属实；封印之后的内容；
也无法防范既持有封印私钥、又能替换外部保存的所有封印（包括您手中那份）的人。因此请您自己保存一份。
"""


def readme(study_id: str, number: int, seal: Seal, keys: Sequence[PublicKey], *, signed: bool) -> str:
    """``number`` is that of the seal; ``keys`` are all that ever sealed; ``signed``: whether the manifest is."""
    return _TEXT.format(
        study=study_id,
        number=number,
        rows=seal.size,
        commit=seal.commit,
        at=f"{seal.sealed_at:%Y-%m-%d %H:%M:%S} UTC",
        fingerprints="\n".join(f"   - key {key.id.hex()}: {key.fingerprint}" for key in keys),
        signed_en="signed as the seals are" if signed else "not signed: the sealing key was not where it was written",
        signed_zh="与封印同样签名" if signed else "未签名：导出处没有封印私钥",
    )
