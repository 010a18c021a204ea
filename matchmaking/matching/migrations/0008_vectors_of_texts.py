from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("matching", "0007_readings_that_are_kept"),
    ]

    operations = [
        migrations.CreateModel(
            name="Vector",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("model", models.CharField(max_length=32)),
                ("text", models.CharField(max_length=32)),
                ("values", models.BinaryField(help_text="Numbers of two bytes each.")),
                ("made_at", models.DateTimeField(auto_now_add=True, db_index=True)),
            ],
            options={
                "verbose_name": "vector of a text",
                "verbose_name_plural": "vectors of texts",
                "constraints": [models.UniqueConstraint(fields=("model", "text"), name="text_once_per_model")],
            },
        ),
    ]
