# Entered figures that a demo invented are marked as such; those that older demos entered say so in their source.

from typing import Any

from django.db import migrations, models


def mark_older_ones(apps: Any, _schema: Any) -> None:
    apps.get_model("editions", "Statistic").objects.filter(source_note__startswith="Demo: ").update(is_demo=True)


class Migration(migrations.Migration):

    dependencies = [
        ('editions', '0002_entered_statistics'),
    ]

    operations = [
        migrations.AddField(
            model_name='statistic',
            name='is_demo',
            field=models.BooleanField(default=False, editable=False, help_text='Invented; always shown as such.', verbose_name='demo'),
        ),
        migrations.RunPython(mark_older_ones, migrations.RunPython.noop),
    ]
