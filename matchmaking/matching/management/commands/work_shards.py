from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Work on the shards of matching runs that wait in Redis, for as long as it runs: one process for each core to be lent to them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--burst", action="store_true", help="End when nothing waits.")

    def handle(self, *_args: Any, **options: Any) -> None:
        if "shards" not in settings.TASKS:
            raise CommandError("Shards wait in the database here: `manage.py db_worker` works on them. Redis wants TASKS_BACKEND=redis.")
        # One process for all its jobs: what it has read of a chain serves the next shard, which a new process would read again.
        simple = {"worker_class": "rq.worker.SimpleWorker", "job_class": "django_tasks_rq.Job"}
        serializer = settings.RQ_QUEUES["default"]["SERIALIZER"]
        call_command("rqworker", "default", burst=options["burst"], serializer=serializer, verbosity=options["verbosity"], **simple)
