"""README.txt of the folder: what is what, where it comes from, and what is not recomputed and why. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from analytics.analyses import Analyses
from analytics.folder.numbers import Number
from analytics.plans.methods import title_in

_WHAT = """{study}: a finished analysis / 一次完成的分析

中文
====
data.csv      数据：每行一位受试者，列见 data.json；空白表示缺失，1/0 表示是/否，时间以天计
data.json     同一数据，CDISC Dataset-JSON 1.1 格式，列名附中英文说明
plan.toml     统计分析计划：列与估计
results.json  全部结果（含解释性标注）
results.csv   每个数字一行；python 与 r 两列说明由哪个脚本重新计算，prespecified 列说明是否为研究自身计划所规定
analysis.py   只用 lifelines（及其自带的 numpy、pandas、scipy）重新计算：python analysis.py
              （{parts_zh} 为其组成部分，计划用到哪些便有哪些）
analysis.R    只用 R 的 survival 包重新计算：Rscript analysis.R
SHA256SUMS    校验：sha256sum --check SHA256SUMS

两个脚本逐一打印每个数字及 OK 或 DIFFERS；相差超过百万分之一时退出码为 1。
装有 Trialog 者：trialog estimate data.csv --plan plan.toml --json 给出同样的结果（“计划外”标注除外）。
中位数按 R 的规则：曲线恰在 0.5 处持平时取该段中点；lifelines 取起点，故脚本自行计算。
并列时间的累积发生率按原时间计算；lifelines 会随机移动并列时间。
鞅残差与 dfbeta 按 Efron 法处理并列事件；lifelines 逐一处理，故脚本自行计算。

English
=======
data.csv      the data: one line a subject; an empty field is missing, 1/0 is yes/no, times are in days
data.json     the same data as CDISC Dataset-JSON 1.1, each column with its label in both languages
plan.toml     the analysis plan: columns and estimates
results.json  all results, with what has to be kept in mind when reading them
results.csv   one line a number; the columns python and r say which script recomputes it, and prespecified whether the
              study's own plan has it
analysis.py   recomputes by lifelines (and its numpy, pandas, scipy) alone: python analysis.py
              ({parts} are parts of it: those that the plan needs)
analysis.R    recomputes by R's package survival alone: Rscript analysis.R
SHA256SUMS    to check the files: sha256sum --check SHA256SUMS

Both scripts print each number with OK or DIFFERS, and exit 1 where one differs by more than a millionth.
Whoever has Trialog: trialog estimate data.csv --plan plan.toml --json gives the same results (but for the mark of what
is not in the study's own plan, which a file does not tell).
Medians are by R's rule: where a curve is flat at exactly 0.5, the middle of the flat. lifelines takes its beginning,
so the script finds them itself. Cumulative incidences are of tied times as they are; lifelines moves these by chance.
Martingale residuals and dfbeta are with Efron's ties; lifelines takes tied events one after the other, so the script
computes them itself.
"""

_WHY_NOT = """Not recomputed, and why / 未重新计算的数字及原因
----------------------------------------------
Everybody an estimate is made from, and whoever is left out, is counted anew by both scripts. Beyond that:
- by neither: the bootstrap's optimism (it hangs on one generator of random numbers), cutpoints by maximally selected
  rank statistics, Gray's test and restricted cubic splines, for which neither lifelines nor survival has a function
  (R has maxstat, cmprsk and rms);
- by analysis.py: the score test of a Cox regression, the test of proportional hazards (lifelines has an older
  approximation), the smooth of residuals over a covariate (lifelines has another lowess), the fits that leave one
  subject out in turn, and censored means; analysis.R has these;
- by analysis.R: log-rank tests with a weight gamma, which survdiff does not have; analysis.py has these.
自助法乐观度、最大选择秩统计量切点、Gray 检验与限制性立方样条两个脚本均不计算；Cox 得分检验、比例风险检验、
残差对协变量的平滑线、逐一去掉受试者的拟合与删失均值仅由 analysis.R 计算；gamma 加权对数秩检验仅由 analysis.py 计算。
"""


def readme(analyses: Analyses, found: Sequence[Number], about: Mapping[str, str]) -> str:
    """``about`` has the position, the seal, what is withheld, Trialog's version, the digest of data.csv and the parts
    of the script."""
    scripts = about["parts"].split(", ")
    parts = (
        _WHAT.format(study=analyses.study, parts=", ".join(scripts), parts_zh="、".join(scripts)),
        _origin(analyses, about),
        _estimates(analyses),
        _counts(found),
        _WHY_NOT,
        _refused(analyses),
    )
    return "\n".join(part for part in parts if part)


def _origin(analyses: Analyses, about: Mapping[str, str]) -> str:
    results = analyses.results
    lines = (
        ("position / 位置", about["position"]),
        ("data cutoff / 数据截止", f"{analyses.cutoff_on} ({analyses.look})"),
        ("seal / 封印", about["seal"]),
        ("endpoint digest / 终点摘要", analyses.endpoint_digest),
        ("plan / 计划", f"{results.plan} {results.plan_version}, {results.plan_digest}"),
        ("data.csv", about["data_digest"]),
        ("columns withheld / 隐去的列", about["withheld"]),
        ("subjects / 受试者", str(results.rows)),
        ("Trialog", about["trialog"]),
        ("versions / 版本", ", ".join(f"{name} {version}" for name, version in results.versions.items())),
    )
    title = "Where it comes from / 来源"
    return f"{title}\n{'-' * 26}\n" + "".join(f"{name}: {value}\n" for name, value in lines)


def _estimates(analyses: Analyses) -> str:
    """Each with its title in both languages where the plan has both, and a mark where the study's plan lacks it."""
    title = "Estimates / 估计"
    lines = [f"{title}\n{'-' * 16}\n"]
    for each in analyses.results.results:
        titles = dict.fromkeys(title_in(language, each.title) for language in ("en", "zh"))
        mark = "" if each.is_planned else " [exploratory / 探索性]"
        lines.append(f"{each.id}: {' / '.join(titles) or '-'}{mark}\n")
    return "".join(lines)


def _counts(found: Sequence[Number]) -> str:
    python, r, either = (
        sum(said) for said in (_each(found, "python"), _each(found, "r"), (one.python or one.r for one in found))
    )
    return (
        f"Numbers / 数字: {len(found)}; analysis.py {python}, analysis.R {r}, "
        f"at least one of them / 至少其一 {either}, neither / 均未 {len(found) - either}\n"
    )


def _each(found: Iterable[Number], script: str) -> Iterable[bool]:
    return (getattr(one, script) for one in found)


def _refused(analyses: Analyses) -> str:
    """The sentences that say why there is no estimate; they name no subject."""
    lines = [f"{each.id}: {each.refused.sentence}\n" for each in analyses.results.results if each.refused is not None]
    return f"No estimate / 无估计\n{'-' * 22}\n" + "".join(lines) if lines else ""
