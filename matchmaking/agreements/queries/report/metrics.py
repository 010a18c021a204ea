"""The registry of the closing report's metrics: what each counts, and its definition in both languages.

Where a figure is counted by the words under which figures are published, the definition is that of the vocabulary; where what the system counts
needs its own words, they stand here. Whoever changes what is counted raises the metric's `version` and `DEFINITIONS`: a frozen report keeps the
words and versions that it was counted by, and a change between editions is said only within one version.
"""

from django.db.models import Q

from matchmaking.agreements import wording
from matchmaking.agreements.queries.report.bases import (
    DEBUTS,
    EXHIBITING,
    FORUMS,
    LEDGER,
    MEETINGS,
    MET,
    REQUESTS,
    SIGN_UPS,
    credited,
)
from matchmaking.agreements.queries.report.measures import Amount, Counted, Entered, Measure, Share, Uncounted
from matchmaking.agreements.queries.report.regions import AMERICAS, EUROPE, MAINLAND, UNITED_STATES
from matchmaking.agreements.queries.report.shapes import Both
from matchmaking.agreements.wording import Words
from matchmaking.meetings.models import Meeting, MeetingRequest
from matchmaking.meetings.queries.figures import HAS_TIME
from matchmaking.participants.models import Company, Registration

DEFINITIONS = "1"
GROUPS = {
    "taking_part": Both("Taking part", "参展"),
    "ground": Both("On the ground", "展区"),
    "audience": Both("Audience", "观众"),
    "events": Both("Events", "活动"),
    "outcomes": Both("Outcomes", "成果"),
}
OTHER_GROUP = Both("Figures", "数据")

_own_stand = Q(led_by__isnull=True)
_abroad = _own_stand & ~Q(company__country=MAINLAND)
_american = Q(company__country=UNITED_STATES)
_in_europe = Q(company__country__in=sorted(EUROPE))
_in_americas = Q(company__country__in=sorted(AMERICAS))
_exhibitors = Counted(EXHIBITING, _own_stand)
_from_abroad = Counted(EXHIBITING, _abroad)


def _share(part: Q, whole: Counted) -> Share:
    return Share(Counted(EXHIBITING, part), whole)


TAKING_PART = [
    Measure(
        "exhibitors", "taking_part", "exhibitors",
        Both("Exhibitors", "参展方"), Both("exhibitors", "家"),
        Both(
            "Companies, institutions and organisations that signed up for a stand of their own. Partners on another's stand are not counted.",
            "自行签约设展的企业、机构和组织，不含在他人展位上的合作方。",
        ),
        _exhibitors, measure="家",
    ),
    Measure(
        "exhibitors_with_partners", "taking_part", "exhibitors",
        Both("Exhibitors with their partners", "参展方及其合作方"), Both("exhibitors with partners", "家（含合作方）"),
        Both("Exhibitors together with the upstream and downstream partners that they brought onto their stands.", "参展方连同其带到展位上的上下游合作方。"),
        Counted(EXHIBITING, Q()), measure="家",
    ),
    Measure(
        "countries_regions", "taking_part", "countries_regions",
        Both("Countries and regions", "国家和地区"), Both("countries and regions", "个国家和地区"),
        Both("Countries and regions that exhibitors come from.", "参展方来自的国家和地区数量。"),
        Counted(EXHIBITING, _own_stand & ~Q(company__kind=Company.Kind.INTERNATIONAL), by_origin=True),
        words=Words("country or region", "countries and regions", "个国家和地区"),
    ),
    Measure(
        "countries_regions_organisations", "taking_part", "countries_regions_organisations",
        Both("Countries, regions and international organisations", "国家、地区和国际组织"), Both("countries, regions and organisations", "个国家、地区和组织"),
        Both(
            "Countries and regions that exhibitors come from, with international organisations counted in.",
            "参展方来自的国家和地区，并计入国际组织。",
        ),
        Counted(EXHIBITING, _own_stand, by_origin=True),
        words=Words("country, region or international organisation", "countries, regions and international organisations", "个国家、地区和国际组织"),
    ),
    Measure(
        "overseas_share", "taking_part", "percent",
        Both("Share from outside the Chinese mainland", "境外参展方占比"), Both("% of exhibitors", "%（占参展方）"),
        Both(
            "Exhibitors from outside the Chinese mainland as a share of all exhibitors. Sources also say international, overseas or, in 2026, foreign-invested.",
            "中国大陆以外的参展方占全部参展方的比例。来源亦称国际、境外，2026年称外资。",
        ),
        Share(_from_abroad, _exhibitors),
    ),
    Measure(
        "americas_europe_share_of_overseas", "taking_part", "percent",
        Both("Share of the Americas and Europe among overseas exhibitors", "美洲和欧洲占境外参展方比例"), Both("% of overseas exhibitors", "%（占境外参展方）"),
        Both(
            "Exhibitors from the Americas and Europe, as the United Nations group countries (M49, regions 019 and 150), as a share of those from outside the mainland. The group overlaps with others and is never added.",
            "美洲和欧洲（按联合国M49标准，区域019和150）参展方占境外参展方的比例。该分组与其他分组重叠，不可相加。",
        ),
        _share(_abroad & (_in_americas | _in_europe), _from_abroad), has_own_definition=True, overlaps=True,
    ),
    Measure(
        "us_eu_share_of_overseas", "taking_part", "percent",
        Both("Share of the United States and Europe among overseas exhibitors", "美欧占境外参展方比例"), Both("% of overseas exhibitors", "%（占境外参展方）"),
        Both(
            "Exhibitors from the United States and Europe as a share of those from outside the mainland. The groups overlap with others and are never added.",
            "美欧参展方占境外参展方的比例。各分组互有重叠，不可相加。",
        ),
        _share(_abroad & (_american | _in_europe), _from_abroad), overlaps=True,
    ),
    Measure(
        "us_share_of_overseas", "taking_part", "percent",
        Both("Share of the United States among overseas exhibitors", "美国占境外参展方比例"), Both("% of overseas exhibitors", "%（占境外参展方）"),
        Both("Exhibitors from the United States as a share of those from outside the mainland.", "美国参展方占境外参展方的比例。"),
        _share(_abroad & _american, _from_abroad), overlaps=True,
    ),
    Measure(
        "us_share_of_all", "taking_part", "percent",
        Both("Share of the United States among all exhibitors", "美国占全部参展方比例"), Both("% of exhibitors", "%（占参展方）"),
        Both("Exhibitors from the United States as a share of all exhibitors.", "美国参展方占全部参展方的比例。"),
        _share(_own_stand & _american, _exhibitors), overlaps=True,
    ),
    Measure(
        "belt_and_road_share_of_overseas", "taking_part", "percent",
        Both("Share of Belt and Road countries among overseas exhibitors", "共建“一带一路”国家占境外参展方比例"), Both("% of overseas exhibitors", "%（占境外参展方）"),
        Both(
            "Exhibitors from Belt and Road countries as a share of those from outside the mainland. The group overlaps with others and is never added.",
            "共建“一带一路”国家参展方占境外参展方的比例。该分组与其他分组重叠，不可相加。",
        ),
        Uncounted(Both("Not counted here: no list of these countries is on file.", "系统未统计：没有这些国家的名单。")), overlaps=True,
    ),
    Measure(
        "fortune_global_500", "taking_part", "companies",
        Both("Fortune Global 500 companies", "世界500强企业"), Both("companies", "家"),
        Both("Exhibitors on the Fortune Global 500 list.", "列入《财富》世界500强的参展企业数量。"),
        Counted(
            EXHIBITING, _own_stand & Q(company__fortune_global_500=True),
            known=_own_stand & Q(company__fortune_global_500__isnull=False), unknown=_own_stand & Q(company__fortune_global_500__isnull=True),
        ),
        overlaps=True, measure="家",
    ),
    Measure(
        "next_edition_signups", "taking_part", "companies",
        Both("Sign-ups for the next edition", "签约下届的参展方"), Both("companies and institutions", "家"),
        Both("Companies and institutions that signed up for the next edition by the end of this one.", "本届闭幕时已签约下届的企业和机构数量。"),
        Counted(SIGN_UPS, Q()), measure="家",
    ),
]  # fmt: skip
GROUND = [
    Measure(
        "exhibition_area", "ground", "sqm",
        Both("Exhibition area", "展览面积"), Both("square metres", "平方米"),
        Both("Floor area of the exhibition.", "展览占地面积。"),
        Entered("exhibition_area"), words=Words("square metre", "square metres", "平方米"),
    ),
]  # fmt: skip
AUDIENCE = [
    Measure(
        "audience_total", "audience", "visits",
        Both("Audience on site and online", "线上线下观众"), Both("visits", "人次"),
        Both("Visits on site and online together.", "线上与线下观众合计人次。"),
        Entered("audience_total"),
    ),
    Measure(
        "audience_offline", "audience", "visits",
        Both("Audience on site", "线下观众"), Both("visits", "人次"), Both("Visits on site.", "线下观众人次。"),
        Entered("audience_offline"),
    ),
    Measure(
        "audience_online", "audience", "visits",
        Both("Audience online", "线上观众"), Both("visits", "人次"), Both("Visits online.", "线上观众人次。"),
        Entered("audience_online"),
    ),
]  # fmt: skip
EVENTS = [
    Measure(
        "thematic_forums", "events", "forums",
        Both("Thematic forums", "专题论坛"), Both("forums", "场"),
        Both("Forums on one chain or on services.", "围绕各链和服务的专题论坛数量。"),
        Counted(FORUMS, Q(kind="thematic")), measure="场",
    ),
    Measure(
        "events", "events", "events",
        Both("Events", "活动"), Both("events", "场"),
        Both("Events of the programme.", "博览会日程中的活动数量。"),
        Counted(FORUMS, Q()), measure="场",
    ),
]  # fmt: skip
MEETING = [
    Measure(
        "debuts", "outcomes", "products_technologies_services",
        Both("Debuts", "首发首秀"), Both("products, technologies and services", "项"),
        Both(
            "Offers of products, technologies and services that their exhibitors marked as shown here for the first time and that were published.",
            "参展方标为首发首展并已发布的产品、技术和服务数量。",
        ),
        Counted(DEBUTS, Q()), has_own_definition=True, measure="项",
    ),
    Measure(
        "matchmaking_sessions", "outcomes", "sessions",
        Both("Matchmaking sessions", "对接洽谈"), Both("sessions", "场次"),
        Both(
            "Meetings between two companies that were given a time in this system, without those that were called off or that both sides say did not take place.",
            "在本系统中排定时间的双方洽谈，不含已取消的和双方均称未进行的。",
        ),
        Counted(MEETINGS, HAS_TIME & ~Q(status=Meeting.Status.NO_SHOW)), has_own_definition=True, measure="场",
    ),
    Measure(
        "matches_made", "outcomes", "matches",
        Both("Matches made", "达成对接"), Both("accepted requests", "项"),
        Both("Requests to meet that the other side accepted, whatever became of the meeting.", "获对方接受的会面请求，不论其后会面情况如何。"),
        Counted(REQUESTS, Q(status=MeetingRequest.Status.ACCEPTED)), has_own_definition=True, measure="项",
    ),
    Measure(
        "meetings_held", "outcomes", "meetings",
        Both("Meetings held", "已举行会面"), Both("meetings", "场"),
        Both(
            "Meetings of which both sides said that they took place, at least partly; three days after one, one word stands for both, or that both had checked in.",
            "双方均称已进行（至少部分进行）的会面；会面三日后，一方的说法或双方均已签到即可为准。",
        ),
        Counted(MEETINGS, Q(status=Meeting.Status.HELD)), has_own_definition=True, measure="场",
    ),
    Measure(
        "suppliers_connected", "outcomes", "companies",
        Both("Suppliers connected", "对接供应商"), Both("companies", "家"),
        Both(
            "Exhibiting companies that an accepted request to meet brought together with another company, each counted once.",
            "经获接受的会面请求与其他企业建立联系的参展企业，每家计一次。",
        ),
        Counted(MET, Q(role=Registration.Role.EXHIBITOR)), has_own_definition=True, measure="家",
    ),
    Measure(
        "key_clients", "outcomes", "clients",
        Both("Key clients engaged", "对接重点客户"), Both("clients", "家"),
        Both(
            "Buyers that the organiser marked as key clients and that an accepted request to meet brought together with another company, each counted once.",
            "由主办方标为重点客户、经获接受的会面请求与其他企业建立联系的采购商，每家计一次。",
        ),
        Counted(MET, Q(role=Registration.Role.BUYER, is_key_client=True)), has_own_definition=True, measure="家",
    ),
]  # fmt: skip
AGREED = [
    Measure(
        "agreements_signed", "outcomes", "agreements",
        Both("Agreements signed", "签署协议"), Both("agreements", "项协议"),
        Both(
            "Contracts, framework and cooperation agreements on record here. Letters of intent, drafts, disputed and void ones are not counted.",
            "在本系统登记的合同、框架协议和合作协议，不含意向书以及草稿、有争议的和已作废的。",
        ),
        Counted(LEDGER, Q(kind="agreement")), has_own_definition=True, words=wording.AGREEMENTS,
    ),
    Measure(
        "cooperation_intentions", "outcomes", "intentions",
        Both("Cooperation intentions", "合作意向"), Both("intentions", "项意向"),
        Both(
            "Letters of intent and memoranda on record here. Drafts, disputed and void ones are not counted.",
            "在本系统登记的意向书和备忘录，不含草稿、有争议的和已作废的。",
        ),
        Counted(LEDGER, Q(kind="intention")), has_own_definition=True, words=wording.INTENTIONS,
    ),
    Measure(
        "agreements_and_intentions", "outcomes", "items",
        Both("Agreements and intentions together", "协议与意向合计"), Both("agreements and intentions", "项协议和意向"),
        Both(
            "Cooperation agreements and intentions in one total. Not to be compared with either alone.",
            "合作协议与意向合计，不可与其中任一单项比较。",
        ),
        Counted(LEDGER, Q()), words=wording.BOTH,
    ),
    Measure(
        "agreements_introduced", "outcomes", "items",
        Both("Brought about by an introduction", "经引荐促成"), Both("agreements and intentions", "项协议和意向"),
        Both(
            "Agreements and intentions on record here that name who brought the parties together, where every other registered party has agreed to that. Part of the total of both.",
            "在本系统登记、注明引荐方且其他各登记方均已认可的协议和意向，包含在合计之内。",
        ),
        Counted(LEDGER, credited()), has_own_definition=True, overlaps=True, words=wording.BOTH,
    ),
    Measure(
        "agreements_value_cny", "outcomes", "CNY",
        Both("Value of agreements, in yuan", "协议金额（人民币）"), Both("yuan", "元人民币"),
        Both(
            "The sum of the disclosed amounts of all agreements and intentions on record here, each in yuan at the rate that the edition stated when it was recorded. Those that disclose nothing are left out of the sum.",
            "在本系统登记的全部协议和意向中已披露金额之和，按登记时本届所用汇率折合人民币；未披露金额的不计入。",
        ),
        Amount("CNY"), has_own_definition=True,
    ),
    Measure(
        "agreements_value_usd", "outcomes", "USD",
        Both("Value of agreements, in US dollars", "协议金额（美元）"), Both("US dollars", "美元"),
        Both(
            "The same sum in yuan, divided by what the edition states a US dollar is worth.",
            "上述人民币金额按本届所用美元汇率折算。",
        ),
        Amount("USD"), has_own_definition=True,
    ),
]  # fmt: skip
REGISTRY: dict[str, Measure] = {one.key: one for one in (*TAKING_PART, *GROUND, *AUDIENCE, *EVENTS, *MEETING, *AGREED)}
# Kinds of agreements that may be published in one total only, and that total: no change to or from it can be said for either alone.
ALONE, TOGETHER = ("agreements_signed", "cooperation_intentions"), "agreements_and_intentions"
