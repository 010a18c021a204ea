"""The parts of a title: the thing itself, what it is for, and what else is said of it."""

import re
from dataclasses import dataclass

LEAD_IN = re.compile(
    r"(?i)^\s*(?:(?:we are )?(?:looking for|seeking|searching for|wanted|sourcing|purchase of|procurement of|request for|need(?:ed)?|supply of|"
    r"supplier of|manufacturer of|tender for|buying|rfq)\b\s*:?|(?:求购|采购|寻找|寻求|急需|需要|诚征|招标采购|招标|供应(?![链商])|提供|出售|现货供应|批发|征集|询价)[::]?)\s*"
)
BREAK = re.compile(r"[;、::|()\[\]【】;]|(?<!\d),|,(?!\d{3})|\s[-–—]\s|——")
ENGLISH_JOINT = re.compile(
    r"(?i)\s+(?P<joint>for|with|from|in|of|near|to|by|on|at|including|incl\.|without|using|per|made|under|between|suitable|against)\s+"
)
CHINESE_VERB = re.compile(r"(?:项目|工厂|公司|企业)?(?:采购|求购|寻找|寻求|招标|需要|拟购|询价|供应(?![链商]))(?!代理|服务|平台|管理)")
CHINESE_USE = re.compile(
    r"(?<![家车民商通医户使应药食饲种军多实公船信利专可备])用(?!户|品|水|电|油|于)(?=[^\s]{2})|专用(?=[^\s]{2})|(?<=.)用于(?=.)"
)
CHINESE_FOR = re.compile(r"^(?:适用于|用于)(?P<use>.{2,30}?)的(?P<thing>.{2,})$")


SHORTEST_CHINESE = 2
PURPOSES = frozenset({"for", "suitable"})
"""After these words stands what the thing is for; after the others what it is of, or comes with."""


@dataclass(frozen=True, slots=True)
class Zones:
    """A title in parts: the thing, its use or what it comes with, and the rest. Empty where there is none."""

    thing: str
    use: str
    rest: str
    is_purpose: bool = True


def zones_of(title: str) -> Zones:
    """Part a plain title. The thing is what stands before the first break, without purpose and lead-in."""
    title = LEAD_IN.sub("", title).strip()
    broken = BREAK.search(title)
    main, rest = (title[: broken.start()], title[broken.end() :]) if broken and broken.start() else (title, "")
    if re.search(r"[\u4e00-\u9fff]", main):
        thing, use = _chinese(main)
        return Zones(thing.strip(), use.strip(), rest.strip())
    joint = ENGLISH_JOINT.search(main)
    if joint is None or not main[: joint.start()].strip():
        return Zones(main.strip(), "", rest.strip())
    return Zones(main[: joint.start()].strip(), main[joint.end() :].strip(), rest.strip(), joint["joint"].lower() in PURPOSES)


def _chinese(main: str) -> tuple[str, str]:
    whole = CHINESE_FOR.match(main)
    if whole:
        return whole["thing"], whole["use"]
    verb = CHINESE_VERB.search(main)
    if verb:
        before, after = main[: verb.start()], main[verb.end() :]
        return (after, before) if len(after.strip()) >= SHORTEST_CHINESE else (before, after)
    used = list(CHINESE_USE.finditer(main))
    if used:
        before, after = main[: used[-1].start()], main[used[-1].end() :]
        return (after, before)
    return main, ""
