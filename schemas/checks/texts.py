"""What each rule says to people, by its name. No text has a place for a value; the entries show those to whom may see.

A name is written by hand and never reused: queries that people answered carry it for ever.
"""

from types import MappingProxyType

from schemas.study import Text

TEXTS: MappingProxyType[str, Text] = MappingProxyType(
    {
        "screening-after-consent": Text("筛选日期晚于首次签署知情同意", "Screening is dated after the first consent"),
        "enrolment-without-consent": Text("已入组，但没有签名完整的知情同意", "Enrolled without a complete consent"),
        "enrolment-before-consent": Text("入组早于签名完整的知情同意", "Enrolled before the first complete consent"),
        "chemotherapy-before-enrolment": Text("化疗开始早于入组", "Chemotherapy began before enrolment"),
        "enrolled-twice": Text("重复入组，前一次未撤销", "Enrolled again, and the enrolment before was not undone"),
        "birth-year-contradicts-dates": Text(
            "出生年份与记录日期矛盾", "The year of birth cannot be right beside the dates of the record"
        ),
        "age-below-minimum": Text("入组时低于方案规定的年龄下限", "Younger at enrolment than the protocol allows"),
        "value-implausible": Text("结果超出合理范围", "The result is outside of the plausible range"),
        "analyte-unknown": Text("研究未定义该检测项目", "The study does not have this analyte"),
        "unit-missing": Text("结果有数值但来源未给出单位", "A number came without a unit"),
        "unit-not-canonical": Text("结果单位不是该项目的标准单位", "The result is not in the analyte's canonical unit"),
        "unit-sent-unknown": Text(
            "来源单位写法不在研究的单位表中，请确认换算", "The unit as sent is none of the study's; confirm its factor"
        ),
        "marrow-few-cells": Text("骨髓计数细胞少于200个", "Fewer than 200 marrow cells were counted"),
        "percentage-impossible": Text("百分比不在0至100之间", "A percentage is below 0 or above 100"),
        "specimen-number-reused": Text(
            "同一标本编号采集两次且内容矛盾", "One accession number was collected twice with contradicting facts"
        ),
        "specimens-at-one-instant": Text(
            "同一时刻采集了两份同类标本", "Two specimens of one matrix were collected at the same instant"
        ),
        "specimen-handled-before-collected": Text(
            "标本的处理早于采集", "The specimen was handled before it was collected"
        ),
        "result-before-collection": Text(
            "结果时间早于标本采集", "The result is earlier than its specimen's collection"
        ),
        "result-of-rejected-specimen": Text("被拒收的标本有检测结果", "There is a result of a rejected specimen"),
        "result-of-destroyed-specimen": Text(
            "标本销毁后才记录的检测结果", "A result was recorded after its specimen was destroyed"
        ),
        "result-of-uncollected-specimen": Text(
            "检测结果所指标本没有采集记录", "A result names a specimen that nobody collected"
        ),
        "course-begun-twice": Text("同一疗程开始了两次", "A course of chemotherapy began twice"),
        "course-out-of-order": Text("疗程编号与日期顺序不符", "The courses' numbers and dates are in different orders"),
        "course-number-skipped": Text("缺少前一疗程", "The course before this one never began"),
        "course-ended-not-begun": Text("疗程结束但没有开始记录", "A course ended that never began"),
        "course-ended-before-begun": Text("疗程结束早于开始", "A course ended before it began"),
        "dose-of-course-not-begun": Text("给药所属疗程没有开始记录", "A dose belongs to a course that never began"),
        "dose-before-course": Text("给药早于疗程开始", "A dose was given before its course began"),
        "transplant-before-chemotherapy": Text("移植早于化疗", "A transplant without chemotherapy before it"),
        "response-without-marrow": Text("疗效评价没有骨髓依据", "A response without a marrow"),
        "response-names-no-marrow": Text(
            "疗效评价所指骨髓记录不存在或已作废", "The marrow that a response names is not there or no longer counts"
        ),
        "response-before-chemotherapy": Text("疗效评价早于化疗", "A response without chemotherapy before it"),
        "relapse-without-remission": Text("复发之前没有缓解", "A relapse without an earlier remission"),
        "response-differs": Text(
            "研究者评价与规则推导的疗效不一致", "The investigator's response is not the one that the rules derive"
        ),
        "visit-missing": Text(
            "访视窗口已过，既无完成也无缺席记录", "The visit's window closed and nothing is recorded"
        ),
        "visit-item-missing": Text("访视缺少方案要求的项目", "Something that the visit requires is not there"),
        "visit-out-of-window": Text("访视不在窗口期内", "The visit was done outside of its window"),
        "visit-missed-but-done": Text(
            "访视记为缺席，却有完成的内容", "The visit was missed, and yet something was done"
        ),
        "visit-unknown": Text("研究日程中没有该访视", "The study's schedule does not have this visit"),
        "serious-event-without-outcome": Text("严重不良事件缺少转归", "A serious adverse event without an outcome"),
        "fatal-event-without-death": Text("致死性不良事件没有死亡记录", "A fatal adverse event, and no death recorded"),
        "event-ended-before-onset": Text("不良事件结束早于发生", "An adverse event ended before its onset"),
        "died-twice": Text("有两条死亡记录", "Two deaths are recorded"),
        "result-after-death": Text("死亡之后仍有检测结果", "A result of a specimen taken after death"),
        "contact-after-death": Text("死亡之后仍有存活联系", "A contact after death"),
        "activity-after-death": Text(
            "死亡之后仍有需要本人参与的记录", "Something after death that needs the person alive"
        ),
        "corrections-contested": Text("同一记录有两条更正", "Two corrections of one entry"),
        "action-held": Text("更正或作废没有找到对象，未生效", "A correction or void that reaches no entry"),
    }
)
