from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage
from django.utils import timezone

from expo.accounts.models import User
from expo.foundation.models import OutboxMessage
from expo.foundation.outbox import send_waiting_messages


class BrokenBackend(BaseEmailBackend):
    def send_messages(self, _messages: list[EmailMessage]) -> int:
        raise OSError("no route to the mail server")


def waiting_for(person: User, number: int = 1) -> OutboxMessage:
    return OutboxMessage.objects.create(
        recipient=person, kind="test", subject="Verified", body="You may post now.\n", message_id=f"<{number}@expo.example>"
    )


def test_a_notice_goes_out_once_with_its_own_message_id(carla: User) -> None:
    waiting_for(carla)
    assert send_waiting_messages() == 1
    assert send_waiting_messages() == 0
    assert [sent.to for sent in mail.outbox] == [["carla@example.com"]]
    assert mail.outbox[0].extra_headers["Message-ID"] == "<1@expo.example>"


def test_a_notice_waits_when_the_mail_server_is_down_and_goes_out_later(carla: User, settings: Any) -> None:
    message = waiting_for(carla)
    settings.EMAIL_BACKEND = f"{__name__}.BrokenBackend"
    assert send_waiting_messages() == 0
    message.refresh_from_db()
    assert (message.attempts, message.sent_at, message.last_error) == (1, None, "no route to the mail server")

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert send_waiting_messages() == 0, "it is not tried again at once"
    OutboxMessage.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))
    assert send_waiting_messages() == 1
    message.refresh_from_db()
    assert message.sent_at is not None
    assert message.last_error == ""


def test_a_notice_is_given_up_after_eight_attempts(carla: User, settings: Any) -> None:
    waiting_for(carla)
    settings.EMAIL_BACKEND = f"{__name__}.BrokenBackend"
    for _attempt in range(10):
        OutboxMessage.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))
        send_waiting_messages()
    assert OutboxMessage.objects.get().attempts == 8


@pytest.mark.django_db
def test_nothing_waiting_sends_nothing() -> None:
    assert send_waiting_messages() == 0
    assert mail.outbox == []
