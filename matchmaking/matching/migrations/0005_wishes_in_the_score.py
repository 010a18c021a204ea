from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("matching", "0004_digests"),
    ]

    operations = [
        migrations.AddField(
            model_name="match",
            name="wished_by",
            field=models.PositiveSmallIntegerField(
                choices=[(0, "nobody"), (1, "buyer"), (2, "supplier"), (3, "both sides")],
                db_default=0,
                default=0,
                help_text="Whose wish is in the score.",
                verbose_name="would like to meet",
            ),
        ),
    ]
