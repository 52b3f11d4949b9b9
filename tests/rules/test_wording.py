"""The wording check: every phrase fires on what it is for, nothing fires on plain talk, personal data is masked."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playbooks.library import Library, Script, load_library
from playbooks.rules.wording import Finding, check, is_card_number, is_identity_number, mask, normalise, personal_data

LIBRARY = load_library()

# A sentence or more for every phrase of wording.yml.
FIRES = [
    ("zh-guarantee-outcome", "请放心，我们保证给您全额退保费。"),
    ("zh-guarantee-outcome", "这件事保证能解决。"),
    ("zh-full-refund", "本次将全额退款。"),
    ("zh-full-refund", "保费全部退还给各位。"),
    ("zh-we-promise", "我行郑重承诺妥善处理。"),
    ("zh-sure-to-pay", "您的钱一定会退。"),
    ("zh-sure-to-pay", "闹大了也包赔。"),
    ("zh-we-will-pay", "公司会足额赔偿您的损失。"),
    ("zh-special-treatment", "我们可以特事特办。"),
    ("zh-special-treatment", "网点私下给您补偿一部分。"),
    ("zh-leave-it-to-me", "这件事包在我身上。"),
    ("en-we-guarantee", "We can guarantee that this will end well."),
    ("en-we-promise", "We promise that nothing like it will happen."),
    ("en-we-promise", "You have my word."),
    ("en-we-will-pay", "We will fully compensate you."),
    ("en-we-will-pay", "We’ll refund the premium."),
    ("en-full-refund", "Customers get a full refund."),
    ("en-money-back", "You will see every penny again."),
    ("en-money-back", "Everyone will get their premium: money-back for all."),
    ("en-special-deal", "We can make an exception for customers like you."),
    ("en-leave-it-to-me", "Leave it to me."),
    ("zh-within-hours", "24小时内给您答复。"),
    ("zh-within-hours", "我们 24 小时 内 解决。"),
    ("zh-within-hours", "三天之内必到账。"),
    ("zh-by-today", "今天之内解决。"),
    ("zh-by-today", "明天下班前就能到账。"),
    ("zh-pay-in-days", "10个工作日内全额退款。"),
    ("zh-pay-at-once", "可以马上给您退款。"),
    ("en-by-today", "It will be resolved by tomorrow."),
    ("en-within-hours", "You will hear from us within 24 hours."),
    ("en-pay-in-days", "The premium is refunded to you within 3 working days."),
    ("en-pay-at-once", "We can settle this on the spot."),
    ("zh-guaranteed-yield", "这款产品保证收益。"),
    ("zh-guaranteed-yield", "到期确保本金安全。"),
    ("zh-guaranteed-yield", "到期保证本息。"),
    ("zh-no-loss", "这是稳赚不赔的产品。"),
    ("zh-no-loss", "产品零风险。"),
    ("zh-principal-safe", "产品保本保息。"),
    ("zh-like-deposit", "它和银行存款一样。"),
    ("zh-like-deposit", "比定期更划算。"),
    ("zh-yield-figure", "年化收益率至少 5%。"),
    ("en-guaranteed-return", "It has guaranteed annual returns."),
    ("en-return-guaranteed", "Your principal is fully guaranteed."),
    ("en-no-risk", "This product is risk-free."),
    ("en-no-risk", "You can’t lose any money."),
    ("en-like-deposit", "It is just like a bank deposit."),
    ("zh-their-fault", "这都是保险公司的错。"),
    ("zh-their-fault", "都是银行的责任。"),
    ("zh-not-ours", "这不是我行的问题。"),
    ("zh-not-ours", "保单的事与银行无关。"),
    ("zh-go-to-them", "您应该去找保险公司要说法。"),
    ("zh-customer-fault", "合同是您自己当初签的字。"),
    ("en-their-fault", "It was the insurer's mistake."),
    ("en-their-fault", "Please do not blame the bank."),
    ("en-not-ours", "That isn't our problem."),
    ("en-go-to-them", "Take it up with the insurer."),
    ("en-customer-fault", "You should have read the contract."),
    ("zh-admit", "我行确实误导客户。"),
    ("zh-full-liability", "保险公司承担全部责任。"),
    ("en-admit", "We fully accept liability."),
    ("en-admit", "We misled our customers."),
    ("en-full-liability", "The bank takes full responsibility."),
    ("zh-insult", "这些客户无理取闹。"),
    ("zh-provoke", "有本事你去告。"),
    ("zh-provoke", "尽管去投诉。"),
    ("zh-disparage", "保险公司就是骗人的。"),
    ("en-insult", "A few troublemakers are in the lobby."),
    ("en-provoke", "Go ahead and sue."),
    ("en-disparage", "The agent simply lied."),
    ("en-disparage", "The product is a scam."),
    ("zh-do-not-complain", "请您不要去监管部门投诉。"),
    ("zh-do-not-complain", "别找记者曝光。"),
    ("zh-withdraw-first", "撤诉后就给您退保。"),
    ("en-do-not-tell", "Please do not talk to the press."),
    ("en-withdraw-first", "Once you withdraw your complaint, we can discuss what to pay."),
    ("zh-internal", "根据我行内部文件，此类产品已停售。"),
    ("zh-off-record", "这话请勿外传。"),
    ("zh-regulator-inside", "监管那边已经打过招呼。"),
    ("zh-other-customers", "其他客户都已经签了。"),
    ("en-internal", "An internal memo says so."),
    ("en-off-record", "Off the record, the product was withdrawn."),
    ("en-other-customers", "Other customers have already accepted."),
    ("zh-every-cent", "保费一分不少都会退给您。"),
    ("zh-assure-you", "我向您保证，这笔钱会退回。"),
    ("en-will-be-paid", "You will definitely be paid."),
    ("en-bank-guarantees", "The bank guarantees payment."),
    ("zh-money-by-day", "明天把钱打到您账上。"),
    ("en-by-day", "You will be paid by Monday."),
    ("zh-sure-yield", "本金绝对不会亏。"),
    ("zh-as-deposit", "就当存定期。"),
    ("en-yield-guaranteed", "A return of 4% is guaranteed."),
    ("en-as-deposit", "It is basically a deposit."),
    ("zh-superlative", "收益率行业第一。"),
    ("en-superlative", "It is the safest product."),
    ("zh-responsibility-theirs", "责任完全在银行。"),
    ("en-they-caused-it", "The insurer caused this."),
    ("zh-our-fault", "责任在我们。"),
    ("en-our-fault", "This was our fault."),
    ("zh-threaten", "后果自负。"),
    ("en-threaten", "You will regret this."),
    ("zh-silence", "请不要接受媒体采访。"),
    ("en-silence", "Do not speak to the press."),
    ("en-only-if-withdrawn", "We only pay if you withdraw it."),
]


# Sentences that people write every day; a reason asked for here would be asked for in vain.
HARMLESS = [
    "我们正在核实情况。",
    "您的诉求已如实登记，将由专人与您联系。",
    "我们理解您的心情，请您先坐下慢慢说。",
    "保险责任自合同生效之日起开始。",
    "下列情形属于责任免除，保险公司不承担保险责任。",
    "本产品为一年期，保证续保，具体以条款为准。",
    "万能账户设有保证利率，保证利率不低于合同载明的水平。",
    "分红水平是不确定的，不保证收益。",
    "本产品不保本，投资收益由投保人享有，风险由投保人承担。",
    "非保证利益是不确定的，实际红利可能为零。",
    "保险与银行存款不同，请仔细阅读条款。",
    "本公司不承诺任何收益。",
    "犹豫期为自签收保单之日起15日。",
    "我们将自收到投诉之日起15日内答复您。",
    "保险公司将依照合同约定履行给付责任。",
    "客户要求全额退款的诉求已登记。",
    "是否赔付不一定，须以调查结果为准。",
    "您可以拨打12378向监管部门反映，这是您的权利。",
    "您可以直接联系保险公司客服查询保单。",
    "双方正在共同研究处理意见。",
    "我们不能保证给您全额退款。",
    "请确保本次填写的本金额正确，确保本人签字。",
    "如果今天解决不了，我们会与您另行约定时间。",
    "请携带身份证件和保单原件到网点办理。",
    "退保可能会有损失，现金价值以保单所附现金价值表为准。",
    "请大家推选不超过五位代表与我们沟通。",
    "我们尊重并配合监管部门的调查。",
    "警方提示：谨防保险诈骗。",
    "我们不会推卸责任，会与保险公司一起处理。",
    "省级机构应于24小时内将处理意见报告至总行。",
    "We are looking into the matter.",
    "Your request for a full refund has been recorded.",
    "Bonuses depend on the insurer's results and are not guaranteed.",
    "We cannot guarantee any return.",
    "We do not promise a result before the facts are known.",
    "A policy is not the same as a bank deposit.",
    "You may cancel within 15 days of receiving the policy.",
    "You may contact the regulator at any time.",
    "You can complain to the insurer by telephone.",
    "The policy is guaranteed renewable for one year.",
    "Surrender can mean a loss; see the table of cash values.",
    "Bank and insurer are handling this together.",
    "Please bring your identity card and the policy to the outlet.",
    "The insurer pays benefits as the contract provides.",
    "The insurer's responsibility is set out in clause 2.",
    "We have recorded what happened, and we will call you with the result.",
    "Our spokesperson answers questions of the press.",
    "The product is not risk-free: its value can fall.",
    "The regulator was informed this morning.",
    "We are sorry that you had to wait.",
    "The outlet reopens tomorrow at nine.",
]


@pytest.fixture(scope="module")
def library() -> Library:
    return LIBRARY


def phrases_in(text: str) -> set[str]:
    return {finding.phrase for finding in check(text, LIBRARY.phrases)}


# The phrases


@pytest.mark.parametrize("phrase, text", FIRES)
def test_a_phrase_is_found(phrase: str, text: str) -> None:
    assert phrase in phrases_in(text)


def test_every_phrase_is_tried(library: Library) -> None:
    assert {phrase for phrase, _ in FIRES} == {phrase.id for phrase in library.phrases}


@pytest.mark.parametrize("text", HARMLESS)
def test_plain_talk_is_left_alone(text: str) -> None:
    assert check(text, LIBRARY.phrases) == ()


def test_there_are_phrases_enough_of_both_languages_and_none_twice(library: Library) -> None:
    ids = [phrase.id for phrase in library.phrases]

    assert len(ids) == len(set(ids)) >= 40
    assert sum(one.startswith("zh-") for one in ids) >= 20
    assert sum(one.startswith("en-") for one in ids) >= 20


def test_every_reason_names_the_row_or_decision_behind_it(library: Library) -> None:
    for phrase in library.phrases:
        row = phrase.reason.en.split(":")[0].split(",")[0]
        assert row in {"H2", "H4", "H9", "H10", "P1", "W7"}
        assert phrase.reason.zh.startswith(row)


def test_every_kind_of_finding_has_a_title(library: Library) -> None:
    kinds = {phrase.kind for phrase in library.phrases} | {"id_card", "phone", "bank_card", "email"}

    assert set(library.wording_kinds) == kinds


def test_a_finding_names_the_words_it_found() -> None:
    [finding] = check("请放心，产品保本。", LIBRARY.phrases)

    assert finding == Finding("yield_guarantee", "保本", "zh-principal-safe")
    assert not finding.blocks


def test_a_phrase_is_found_once_however_often_it_stands_there() -> None:
    assert len(check("保本，保本，还是保本。", LIBRARY.phrases)) == 1


@pytest.mark.parametrize("text", ["", " ", "\n", "。", "？！"])
def test_a_text_of_nothing_holds_nothing(text: str) -> None:
    assert check(text, LIBRARY.phrases) == ()


# Evasion


@pytest.mark.parametrize(
    "phrase, text",
    [
        pytest.param("en-we-will-pay", "ＷＥ　ＷＩＬＬ　ＲＥＦＵＮＤ you", id="full-width letters"),
        pytest.param("en-we-will-pay", "WE WILL REFUND YOU", id="capitals"),
        pytest.param("en-we-will-pay", "we\n  will\trefund you", id="other blanks"),
        pytest.param("en-we-will-pay", "we wi\u00adll re\u200bfund you", id="invisible characters in English"),
        pytest.param("zh-principal-safe", "产品保 本 保 息", id="blanks between Chinese characters"),
        pytest.param("zh-principal-safe", "产品保　本", id="an ideographic space"),
        pytest.param("zh-principal-safe", "产品保\n本", id="a line break"),
        pytest.param("zh-principal-safe", "产品保\u200b本", id="a zero-width space"),
        pytest.param("zh-principal-safe", "产品保\u200d本\ufeff保息", id="a zero-width joiner"),
        pytest.param("zh-principal-safe", "产品保\u2060 \u2060本", id="a blank among invisible characters"),
        pytest.param("zh-yield-figure", "收益率至少５％", id="full-width digits"),
    ],
)
def test_a_phrase_in_disguise_is_found(phrase: str, text: str) -> None:
    assert phrase in phrases_in(text)


@pytest.mark.parametrize(
    "mark",
    [
        *("\u202e", "\u202a", "\u2066", "\u2063", "\u180e", "\u061c", "\ufff9", "\U000e0041"),
        *("\ufe00", "\ufe0f", "\U000e0100", "\u034f", "\u115f", "\u3164", "\uffa0", "\u0008", "\u0080"),
    ],
)
def test_no_invisible_character_hides_anything(mark: str) -> None:
    assert "zh-principal-safe" in phrases_in(f"产品保{mark}本")
    assert [finding.kind for finding in personal_data(f"1380{mark}0138000")] == ["phone"]


@pytest.mark.parametrize(
    "text, plain",
    [
        ("Ｈｅｌｌｏ", "hello"),
        ("您 好", "您好"),
        ("您好 hello 您好", "您好 hello 您好"),
        ("STRASSE", "strasse"),
        ("①②", "12"),
        ("", ""),
    ],
)
def test_look_alikes_have_one_form(text: str, plain: str) -> None:
    assert normalise(text) == plain


# Personal data

IDENTITY = "11010519491231002X"
CARD_16 = "4111111111111111"
CARD_19 = "6222021234567890128"


@pytest.mark.parametrize(
    "digits, valid",
    [
        (IDENTITY, True),
        ("110105194912310021", False),
        ("11010519491231002x", False),
        ("1101051949123100", False),
        (IDENTITY + "1", False),
        ("110105194913310021", False),
        ("", False),
    ],
)
def test_an_identity_number_has_its_check_character(digits: str, valid: bool) -> None:
    assert is_identity_number(digits) is valid


@pytest.mark.parametrize("digits, valid", [(CARD_16, True), ("4111111111111112", False), ("", False), ("41x1", False)])
def test_a_card_number_passes_luhn(digits: str, valid: bool) -> None:
    assert is_card_number(digits) is valid


@pytest.mark.parametrize(
    "kind, text",
    [
        ("id_card", f"身份证号{IDENTITY}。"),
        ("id_card", f"身份证号：{IDENTITY.lower()}"),
        ("id_card", "１１０１０５１９４９１２３１００２Ｘ"),
        ("id_card", "110105 19491231 002X"),
        ("phone", "请致电13800138000。"),
        ("phone", "请致电 138 0013 8000。"),
        ("phone", "请致电138-0013-8000。"),
        ("phone", "+86 138 0013 8000"),
        ("phone", "+8613800138000"),
        ("phone", "8613800138000"),
        ("phone", "(+86)13800138000"),
        ("phone", "１３８００１３８０００"),
        ("phone", "138\u200b0013\u200b8000"),
        ("phone", "call 13800138000, please"),
        ("phone", "010-62345678"),
        ("phone", "+86 10 6234 5678"),
        ("phone", "1 3 8 0 0 1 3 8 0 0 0"),
        ("phone", "13800 138000"),
        ("phone", "138\n0013\n8000"),
        ("phone", "013800138000"),
        ("phone", "008617410696978"),
        ("phone", "13800138000转微信"),
        ("phone", "0755－62345678"),
        ("id_card", "1101 0519 4912 3100 2X"),
        ("id_card", f"ID{IDENTITY}"),
        ("bank_card", "4111 1111 1111 1111 2 张"),
        ("phone", "0592 6234567"),
        ("bank_card", f"卡号{CARD_16}"),
        ("bank_card", "卡号 4111 1111 1111 1111"),
        ("bank_card", "卡号4111-1111-1111-1111"),
        ("bank_card", f"卡号{CARD_19}"),
        ("bank_card", "6222 0212 3456 7890 128"),
        ("email", "请发邮件至chen.wei@mail.example。"),
        ("email", "Chen.Wei+1@MAIL.example"),
        ("email", "ｃｈｅｎ＠ｍａｉｌ．ｅｘａｍｐｌｅ"),
    ],
)
def test_personal_data_is_found_and_blocks(kind: str, text: str) -> None:
    [finding] = personal_data(text)

    assert finding.kind == kind
    assert finding.blocks


@pytest.mark.parametrize(
    "text",
    [
        "编号110105194912310021",
        "编号4111111111111112",
        "编号6222021234567890129",
        "请拨打12378。",
        "客服电话400-800-1234。",
        "案件编号 CR-2026-0003。",
        "2026-03-02 09:30",
        "2026-03-02 13:00:00 至 2026-03-15 18:30:00",
        "2026/3/2、02.03.2026、15.03.2026 10.30、20260302",
        "共 5 份，15 人，1800 元，2026 年",
        "条款 13.1.2、14.2、第135条第1380款",
        "1,380,013,800.00 元",
        "1380013.80 0013800.50",
        "138.00 13800.00 1500.50 23500",
        "1500 2300 1200 1800 1350 2400",
        "保单 C-20418、C-20419 和 POL-2026-000138",
        "保单号 P4111111111111111",
        "受理号 00002026030",
        "共 6,194 元 2026-05-20",
        "CP-2026-5231 2026-03-17",
        "13 2026-03-02 9",
        "π = 3.1415926535",
        "保单号 P20260300012345",
        "金额 1,234,567.89 元",
        "12800138000",
        "1380013800",
        "chen.wei at mail",
        "@chen",
        "",
    ],
)
def test_other_numbers_and_signs_are_not_personal_data(text: str) -> None:
    assert personal_data(text) == ()


@pytest.mark.parametrize(
    "text, kinds",
    [
        (f"13800138000、13900139000，{CARD_16}", ["phone", "phone", "bank_card"]),
        (f"a@b.example {IDENTITY}", ["id_card", "email"]),
        ("13800138000 13900139000 13700137000", ["phone"] * 3),
        (f"{CARD_19} 13800138000 {IDENTITY}", ["bank_card", "phone", "id_card"]),
        ("4111 1111 1111 1111 138 0013 8000", ["bank_card", "phone"]),
        ("(0592)6234567-13800138000", ["phone", "phone"]),
        ("13800138000@mail.example", ["phone", "email"]),
    ],
)
def test_each_piece_of_personal_data_is_a_finding(text: str, kinds: list[str]) -> None:
    assert [finding.kind for finding in personal_data(text)] == kinds


@pytest.mark.parametrize(
    "text, excerpt",
    [
        (IDENTITY, "•" * 16 + "2X"),
        ("138 0013 8000", "•" * 9 + "00"),
        (CARD_16, "•" * 14 + "11"),
        ("a@b.example", "•" * 9 + "le"),
    ],
)
def test_personal_data_is_shown_masked(text: str, excerpt: str) -> None:
    assert [finding.excerpt for finding in personal_data(text)] == [excerpt]


def test_personal_data_stands_before_the_phrases() -> None:
    found = check("产品保本，请致电13800138000。", LIBRARY.phrases)

    assert [finding.kind for finding in found] == ["phone", "yield_guarantee"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("13800138000 13900139000", id="two numbers with a blank between"),
        pytest.param("2026-03-02 13800138000", id="a date before a number"),
        pytest.param("共 5 13800138000", id="a count before a number"),
        pytest.param("138  0013  8000", id="two blanks"),
        pytest.param("138.0013.8000", id="dots"),
        pytest.param("138–0013–8000", id="en dashes"),
        pytest.param("tel13800138000", id="letters before a number"),
        pytest.param("138\u202e00138000", id="an invisible mark"),
        pytest.param("0086 138 0013 8000", id="the long country code"),
        pytest.param("(0592)6234567", id="an area code in brackets"),
    ],
)
def test_a_phone_number_is_found_however_it_is_written(text: str) -> None:
    assert "phone" in {finding.kind for finding in personal_data(text)}


LABELLED = [
    ("id_card", "身份证号：110105194912310021"),
    ("id_card", "身份证号码为110105 19491231 0021"),
    ("id_card", "证件号码 110105491231002"),
    ("id_card", "ID card no. 110105491231002"),
    ("id_card", "ID number is 110105194912310021"),
    ("id_card", "身份证 1101051949123100 2x"),
    ("id_card", "护照号：E12345678"),
    ("id_card", "护照 EA1234567"),
    ("id_card", "Passport No. G12345678"),
    ("id_card", "港澳居民证件号 A123456(3)"),
    ("bank_card", "卡号4111111111111112"),
    ("bank_card", "银行卡 6222 0212 3456 7890 129"),
    ("bank_card", "账号：1402-0231-0900-1234"),
    ("bank_card", "帐户 24020231090"),
    ("bank_card", "account number 12345678"),
    ("bank_card", "Acct. #1234567"),
    ("bank_card", "a/c no. 1234 5678 90"),
    ("phone", "电话：62345678"),
    ("phone", "联系电话 6234 5678"),
    ("phone", "电话是 62345678，5 人"),
    ("phone", "手机号 1380013800"),
    ("phone", "电话（852）2345 6789"),
    ("phone", "tel. 6234-5678"),
    ("phone", "Phone number is 2345 6789"),
    ("phone", "WhatsApp: 91234567"),
    ("phone", "QQ号 123456789"),
    ("phone", "+852 2345 6789"),
    ("phone", "+1 (212) 555-0123"),
    ("phone", "＋44 20 7946 0958"),
    ("phone", "00852 23456789"),
    ("phone", "00886-2-2345-6789"),
    ("phone", "+65.6123.4567"),
]


@pytest.mark.parametrize("kind, text", LABELLED)
def test_a_number_with_its_label_or_country_code_is_found(kind: str, text: str) -> None:
    assert [finding.kind for finding in personal_data(text)] == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "客服电话：95519",
        "客服电话：956001、12378",
        "电话 95519/12378",
        "服务热线 400-800-1234，电话 4008001234",
        "电话：400 800 1234",
        "Tel: 800-820-8820",
        "tel. 0592-95519",
        "电话（021）12378",
        "+86 400 800 1234",
        "+86 95519",
        "The insurer's hotline is 95519, phone 12378",
        "账户 3 400 000 元",
        "账户：3400000元",
        "账户 3,400,000.00 元",
        "账户价值 3400000",
        "account 3 400 000 yuan",
        "3 400 000 元",
        "+3 400 000 元、+12.5%",
        "电话登记 CR-20261125-001",
        "电话：CR-20261125-001",
        "身份证核对见 CR-20261125-001",
        "证件号 PA123456",
        "case ID 20261125001",
        "policy id CR-20261125-001",
        "idea number 12345678",
        "保单号 20261125001234",
        "联系方式 2026-03-02 09:30",
        "电话：2026-03-02 13:00",
        "银行卡 5 张，账户 12 个",
        "scorecard 12345678",
        "postcard 2026",
    ],
)
def test_service_lines_amounts_dates_and_case_numbers_are_not_personal_data(text: str) -> None:
    assert personal_data(text) == ()


# Masking


WRITTEN = {
    "13800138000": "•••••••••00",
    "138 0013-8000": "•••••••••00",
    "１３８００１３８００９": "•••••••••09",
    "138\u200b0013\ufe0f8000": "•••••••••00",
    IDENTITY.lower(): "••••••••••••••••2X",
    "4111 1111 1111 1111": "••••••••••••••11",
    "ｃｈｅｎ＠ｍａｉｌ．ｅｘａｍｐｌｅ": "•••••••••••••••le",
}


def is_plain(text: str) -> bool:
    return not set("0123456789@") & set(unicodedata.normalize("NFKC", text))


@given(st.text().filter(is_plain), st.sampled_from(sorted(WRITTEN)), st.text().filter(is_plain))
def test_personal_data_is_masked_where_it_stands_and_all_around_it_stays(before: str, written: str, after: str) -> None:
    assert mask(f"{before}：{written}；{after}") == f"{before}：{WRITTEN[written]}；{after}"


@settings(max_examples=500)
@given(
    st.lists(
        st.sampled_from([*WRITTEN, *"0136•X", "86", "+", " ", "-", ".", "a", "@", "卡号", "电话", "护照", "2026-03-02"])
    )
)
def test_a_masked_text_holds_no_personal_data_and_is_masked_no_further(parts: list[str]) -> None:
    text = "".join(parts)

    masked = mask(text)

    assert personal_data(masked) == () and mask(masked) == masked
    assert personal_data(text) or masked == text


def test_a_number_that_is_part_of_an_address_is_masked_with_it() -> None:
    assert mask("to 13800138000@mail.example!") == "to ••••••••••••••••••••••le!"


# The scripts


@pytest.mark.parametrize("script", LIBRARY.scripts, ids=lambda script: str(script.id))
def test_a_standing_script_passes_the_check_and_names_what_it_rests_on(script: Script) -> None:
    for text in (script.title.en, script.title.zh, script.text.en, script.text.zh):
        assert check(text, LIBRARY.phrases) == ()
    assert script.cites


def test_there_are_scripts_enough_and_none_twice(library: Library) -> None:
    ids = [script.id for script in library.scripts]

    assert len(ids) == len(set(ids)) >= 6
