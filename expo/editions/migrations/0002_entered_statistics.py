# Figures that no row counts: staff enter them, corrections keep the old value.

import django.core.validators
import django.db.models.deletion
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('editions', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Statistic',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(blank=True, help_text='Empty for the edition as a whole.', null=True, verbose_name='day')),
                ('qualifier', models.CharField(choices=[('exact', 'exactly'), ('more_than', 'more than'), ('about', 'about'), ('nearly', 'nearly'), ('at_least', 'at least'), ('derived', 'derived')], default='exact', max_length=10, verbose_name='qualifier')),
                ('value', models.DecimalField(decimal_places=2, max_digits=20, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='value')),
                ('source_note', models.CharField(help_text='Who measured it, and how.', max_length=200, verbose_name='source')),
                ('measured_at', models.DateTimeField(verbose_name='measured at')),
                ('entered_at', models.DateTimeField(verbose_name='entered at')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended at')),
                ('reason', models.TextField(blank=True, max_length=500, verbose_name='why it ended')),
                ('edition', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='statistics', to='editions.edition', verbose_name='edition')),
                ('entered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='entered by')),
                ('metric', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='statistics', to='editions.metric', verbose_name='metric')),
                ('replaces', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='editions.statistic', verbose_name='replaces')),
            ],
            options={
                'verbose_name': 'statistic',
                'verbose_name_plural': 'statistics',
                'ordering': ['edition', 'metric__order', 'day', '-entered_at', '-id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('day__isnull', False), ('ended_at', None)), fields=('edition', 'metric', 'day'), name='one_standing_statistic_a_day'), models.UniqueConstraint(condition=models.Q(('day', None), ('ended_at', None)), fields=('edition', 'metric'), name='one_standing_statistic'), models.UniqueConstraint(fields=('replaces',), name='statistic_replaced_once'), models.CheckConstraint(condition=models.Q(('value__gte', 0)), name='statistic_is_not_negative'), models.CheckConstraint(condition=models.Q(('source_note', ''), _negated=True), name='statistic_has_source'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('reason', '')), models.Q(('ended_at__isnull', False), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='ended_statistic_has_reason')],
            },
        ),
    ]
