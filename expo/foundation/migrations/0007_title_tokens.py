from django.db import migrations

# The words of titles by themselves: PostgreSQL's index knows no weights, and would unpack the tokens of every entry that has a word anywhere
# to see whether it is in the title. SQLite's index has a column for each.
ADD = [
    "ALTER TABLE foundation_searchentry ADD COLUMN title_tokens tsvector GENERATED ALWAYS AS (search_tokens(title)) STORED",
    "CREATE INDEX search_title_tokens_of_entry ON foundation_searchentry USING gin (title_tokens)",
    "ANALYZE foundation_searchentry",
]
BACK = ["ALTER TABLE foundation_searchentry DROP COLUMN title_tokens"]


def run(statements):
    def on_postgresql(_apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            for statement in statements:
                schema_editor.execute(statement, None)

    return on_postgresql


class Migration(migrations.Migration):
    dependencies = [
        ("foundation", "0006_list_export"),
    ]

    operations = [
        migrations.RunPython(run(ADD), run(BACK)),
    ]
