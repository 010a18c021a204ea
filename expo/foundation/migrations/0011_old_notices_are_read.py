from typing import Any

from django.db import migrations
from django.db.models import F


def read(apps: Any, _editor: Any) -> None:
    """What was mailed before there was a list of it is not news. One statement."""
    apps.get_model("foundation", "OutboxMessage").objects.filter(read_at__isnull=True).update(read_at=F("written_at"))


class Migration(migrations.Migration):
    dependencies = [("foundation", "0010_ways_of_telling")]
    operations = [migrations.RunPython(read, migrations.RunPython.noop)]
