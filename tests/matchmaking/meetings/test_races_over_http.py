"""The same races through the whole site, as programs see them: eight processes, every request a connection of its own, keys for repeating."""

import json
import os
import subprocess
import sys
import time
from collections import Counter

import pytest

from expo.accounts.actions import make_key
from expo.accounts.models import User
from matchmaking.meetings import actions
from matchmaking.meetings.models import MeetingRequest, Slot
from tests import figures
from tests.live import Site
from tests.matchmaking.meetings.crowd import company, key_of, timetable
from tests.processes import address_for_others

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]
REQUESTS, PROCESSES, ALTERNATIVES, MEETINGS = 200, 8, 3, 12
ROUNDS = int(os.environ.get("HTTP_ROUNDS", "2"))

CALLING = """
import json, sys, threading, time
from http.client import HTTPConnection
port, start, calls = json.load(sys.stdin)
found = [None] * len(calls)

def call(number, path, key, name, body):
    line = HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Host": "localhost", "Content-Type": "application/json", "Authorization": "Bearer " + key, "Idempotency-Key": name}
    text = json.dumps(body)
    time.sleep(max(0, start - time.time()))
    began = time.monotonic()
    try:
        line.request("POST", "/api/v1/" + path, text, headers)
        answer = line.getresponse()
        said = answer.read().decode()
        found[number] = [answer.status, said, answer.headers.get("Idempotent-Replayed", ""), time.monotonic() - began]
    except OSError as fault:
        found[number] = [0, repr(fault), "", time.monotonic() - began]

threads = [threading.Thread(target=call, args=(number, *one)) for number, one in enumerate(calls)]
for one in threads: one.start()
for one in threads: one.join()
json.dump(found, sys.stdout)
"""


def all_at_once(site, calls):
    """Make all calls (path, key, name, body) at the same moment from eight processes, and return the answers in the order of the calls."""
    start = time.time() + 1.5
    clients = [
        subprocess.Popen([sys.executable, "-S", "-c", CALLING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _one in range(PROCESSES)
    ]
    for number, client in enumerate(clients):
        client.stdin.write(json.dumps([site.port, start, calls[number::PROCESSES]]))
        client.stdin.close()
    answers = [None] * len(calls)
    for number, client in enumerate(clients):
        answers[number::PROCESSES] = json.loads(client.stdout.read())
        client.stdout.close()
        assert client.wait(120) == 0
    return answers


@pytest.fixture
def live(tmp_path):
    """Start the site on what the test has built by then."""
    running = []

    def start():
        site = Site(address_for_others(tmp_path), tmp_path, workers=4, threads=4).__enter__()
        running.append(site)
        site.start("web")
        site.until_it_answers()
        return site

    yield start
    for site in running:
        site.__exit__(None, None, None)


def kind_of(answer):
    status, said, _again, _seconds = answer
    told = json.loads(said) if said.startswith("{") else {}
    if status == 200:
        return "won"
    return f"{status} {told.get('code')} {len(told.get('data', {}).get('alternatives', ()))}"


def test_of_two_hundred_over_http_one_gets_the_time_and_a_repeated_key_the_same_answer(live):
    setup = timetable(ROUNDS + PROCESSES)
    anna, by = company(setup, "buyer")
    for _number in range(REQUESTS):
        seller, person = company(setup)
        actions.ask(seller, anna, by=person)
    keys = list(MeetingRequest.objects.order_by("pk").values_list("pk", flat=True))
    slots = list(Slot.objects.for_meetings().values_list("pk", flat=True)[:ROUNDS])
    secret, site = key_of(by), live()
    slowest, answers_in_all, winners = [], Counter(), []
    for number, slot in enumerate(slots):
        calls = [(f"meeting-requests/{key}/accept/", secret, f"{slot}-{key}", {"slot": slot}) for key in keys]
        answers = all_at_once(site, calls)
        kinds = Counter(map(kind_of, answers))
        answers_in_all += kinds
        slowest.append(round(max(seconds for *_rest, seconds in answers), 2))
        winners.append(kinds["won"])
        assert kinds.pop("won") == 1
        assert kinds.pop("409 illegal_move 0", 0) == number  # Who won before asks again.
        assert kinds == {f"409 slot_taken {ALTERNATIVES}": REQUESTS - 1 - number}
        won = next(place for place, answer in enumerate(answers) if answer[0] == 200)
        again = all_at_once(site, [calls[won]] * PROCESSES)
        assert {(status, said, replayed) for status, said, replayed, _seconds in again} == {(200, answers[won][1], "true")}
    assert site.tell("breaches()") == []
    figures.note(
        "accepts over HTTP", rounds=ROUNDS, accepts=ROUNDS * REQUESTS, winners=winners, answers=answers_in_all, slowest_answer_s=slowest
    )


def test_whatever_is_done_to_one_meeting_at_once_it_has_one_end(live):
    """Twice yes to another time, that time taken back, the meeting called off by both sides, by one of them twice under one key."""
    setup, calls, meetings = timetable(24, tables=30), [], []
    slots = list(Slot.objects.for_meetings())
    for _number in range(MEETINGS):
        (seller, boris), (buyer, anna) = company(setup), company(setup, "buyer")
        meeting = actions.accept(actions.ask(seller, buyer, by=boris), by=anna, slot=slots[0])
        actions.propose_move(meeting, by=boris, slot=slots[1])
        meetings.append(meeting.pk)
        his, hers, path = key_of(boris), key_of(anna), f"meetings/{meeting.pk}"
        calls += [(f"{path}/answer-move/", hers, f"{meeting.pk}-yes-{one}", {"accept": True}) for one in (1, 2)]
        calls += [(f"{path}/cancel/", his, f"{meeting.pk}-his", {"reason": "no_time"})] * 2
        calls += [(f"{path}/cancel/", hers, f"{meeting.pk}-hers", {"reason": "no_time"})]
        calls += [(f"{path}/withdraw-move/", his, f"{meeting.pk}-back", {})]
    site = live()
    answers = all_at_once(site, calls)
    assert {answer[0] for answer in answers} <= {200, 409}
    now = {row[0]: row[1:] for row in site.tell("list(Meeting.objects.values_list('pk', 'status', 'slot', 'moves'))")}
    for number, key in enumerate(meetings):
        yes, yes_again, his, his_again, hers, back = (answer[0] == 200 for answer in answers[6 * number : 6 * number + 6])
        assert yes + yes_again + back <= 1
        assert his == his_again
        assert his + hers == 1
        assert now[key] == ["cancelled", slots[1].pk if yes or yes_again else slots[0].pk, int(yes or yes_again)]
    assert site.tell("Occupancy.objects.count()") == 0
    assert site.tell("breaches()") == []


def test_whatever_is_answered_to_one_request_at_once_it_has_one_answer(live):
    """Accepted twice, declined, countered and taken back at the same moment."""
    setup, calls, requests = timetable(24, tables=30), [], []
    slots = list(Slot.objects.for_meetings())
    for _number in range(MEETINGS):
        (seller, boris), (buyer, anna) = company(setup), company(setup, "buyer")
        request = actions.ask(seller, buyer, by=boris)
        requests.append(request.pk)
        his, hers, path = key_of(boris), key_of(anna), f"meeting-requests/{request.pk}"
        calls += [(f"{path}/accept/", hers, f"{request.pk}-yes-{one}", {"slot": slots[one].pk}) for one in (1, 2)]
        calls += [(f"{path}/decline/", hers, f"{request.pk}-no", {"reason": "no_time"})]
        calls += [(f"{path}/counter/", hers, f"{request.pk}-other", {"slot": slots[3].pk})]
        calls += [(f"{path}/withdraw/", his, f"{request.pk}-back", {})]
    site = live()
    answers = all_at_once(site, calls)
    assert {answer[0] for answer in answers} <= {200, 403, 409}  # After a counter-proposal it is the other side's turn: 403.
    now = dict(site.tell("list(MeetingRequest.objects.values_list('pk', 'status'))"))
    times = dict(site.tell("list(Meeting.objects.values_list('request', 'slot'))"))
    for number, key in enumerate(requests):
        yes, yes_again, no, _other, back = (answer[0] == 200 for answer in answers[5 * number : 5 * number + 5])
        assert yes + yes_again + no + back == 1
        assert now[key] == ("accepted" if yes or yes_again else "declined" if no else "cancelled")
        assert times.get(key) == (slots[1].pk if yes else slots[2].pk if yes_again else None)
    assert site.tell("breaches()") == []


PLANNED = """
from expo.foundation.staff import vouched
from expo.accounts.models import User
from expo.accounts.actions import make_key
from expo.accounts.models import User
from matchmaking.meetings import actions
from matchmaking.meetings.models import PlanRun
by = vouched(User.objects.get(is_superuser=True))
run = actions.order_plan(MeetingSetup.objects.get().edition, by=by)
actions.work_on_plan(run.pk)
run.refresh_from_db()
"""


def test_a_plan_is_published_while_others_accept(live):
    """Ten exhibitors have three meetings each that wait for a time; a draft gives them one, and two publish it while ten more accept with each."""
    setup = timetable(24, tables=30)
    organiser = User.objects.get(is_superuser=True)
    sellers = [company(setup) for _number in range(10)]
    buyers = [company(setup, "buyer") for _number in range(13)]
    actions.set_up_meetings(setup.edition, by=organiser, scheduling="planner")
    for buyer, anna in buyers[:3]:
        for seller, boris in sellers:
            actions.accept(actions.ask(seller, buyer, by=boris), by=anna)
    actions.set_up_meetings(setup.edition, by=organiser, scheduling="participants")
    calls = []
    for buyer, anna in buyers[3:]:
        secret = key_of(anna)
        for seller, boris in sellers:
            request = actions.ask(seller, buyer, by=boris)
            calls.append((f"meeting-requests/{request.pk}/accept/", secret, f"yes-{request.pk}", {}))
    secret, site = make_key(organiser, by=organiser, name="K", scope="write", days=1, with_second_factor=True)[1], live()
    draft, status = site.tell("[run.pk, run.status]", imports=PLANNED)
    assert status == "draft"
    publish = [(f"plan-runs/{draft}/publish/", secret, f"publish-{number}", {}) for number in range(2)]
    answers = all_at_once(site, [*calls[:20], *publish, *calls[20:]])
    assert {answer[0] for answer in answers} <= {200, 409}
    published = sum(answer[0] == 200 for answer in answers[20:22])
    accepted = sum(answer[0] == 200 for answer in answers) - published
    planned = f"Meeting.objects.filter(request__receiver__lt={buyers[3][0].pk})"
    told = dict(Counter(site.tell(f"list({planned}.values_list('status', flat=True))")))
    assert published <= 1
    assert told == {"scheduled" if published else "unscheduled": 30}
    assert site.tell("Meeting.objects.count()") == 30 + accepted
    assert site.tell("breaches()") == []
    figures.note("a plan published among accepts", published=published, accepted=accepted, answers=Counter(map(kind_of, answers)))
