"""Words that say little, in both languages: common ones, and those that follow the name of a thing without changing it."""

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\S+", text))


FILLERS = _words("""
unit assembly system set series model type class grade size piece pack pcs new high low quality standard premium professional
supply product item part solution kit component group line version complete ready various custom oem odm wholesale bulk small
large medium heavy light full mini micro smart intelligent digital industrial commercial global international local domestic
certified approved
""")
"""Words that may follow the name of a thing: an assembly, a series."""

CHINESE_ENDS = _words("""
总成 系统 整机 成品 套件 产品 散件 服务 业务 方案 额度 项目 以上 以下
""")
"""As FILLERS, in Chinese, where a thing ends with them."""

FORMS = _words("""
tow yarn powder granule sheet plate film foil tube rod wire strip fabric roll pellet flake solution ingot paste bar profile liquid
gas
""")
"""Words for the form of a material: they follow its name without making it another thing."""

COMMON = _words("""
a an and or the of for with without to in on at by from as is are be been can may must we our you your us it its this that these
those not no all any each per about over under than more less least most up also only other same such one who which when where
need required require request offer supply supplier buyer order quantity price delivery deliver ship shipment available include
including included provide provided use used suitable please within after before day week month year first sample new good high
low quality standard system unit set piece batch lot company factory plant project customer document certificate test tested
report approval approved compliant meet complete full total stock support service both between into through if have has had will
would should do does made make making based type class grade size range typical nominal approx minimum maximum min max
""")
"""Words of every posting."""

COMMON_PAIRS = _words("""
提供 供应 采购 要求 需要 支持 可以 进行 以上 以下 以内 不低 低于 不超 超过 含税 交货 交付 到货 首批 每月 月供 起订 最小 公司 企业 厂家 工厂 项目 产品 质量 认证 证书 资质 报告 检测 样品 样件 批次 随货 文件 用于 适用
适合 满足 符合 通过 具备 能力 长期 稳定 优先 我们 我司 客户 用户 国内 国际 出口 进口 标准 规格 型号 配套 方案 服务 系统 设备 技术 专业 定制 价格 报价 年度 计划 方式 付款 包装 运输 发货 天内 个月 内到
""")
"""Pairs of characters of every posting."""
