"""Days in words: how each language writes a date with its weekday and month by name.

Unicode's CLDR as Babel has it; a test compares every day of a leap year. Kept here because Babel holds 4 MB, and half a
megabyte more for each further language, for what are nineteen words and a pattern.
"""

from datetime import date
from typing import NamedTuple


class Names(NamedTuple):
    """A language's full date, its weekdays from Monday and its months as they stand within a date."""

    pattern: str
    weekdays: str
    months: str


_NAMES = {
    "en": Names(
        "{weekday}, {day} {month} {year}",
        "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday",
        "January|February|March|April|May|June|July|August|September|October|November|December",
    ),
    "cy": Names(
        "{weekday}, {day} {month} {year}",
        "Dydd Llun|Dydd Mawrth|Dydd Mercher|Dydd Iau|Dydd Gwener|Dydd Sadwrn|Dydd Sul",
        "Ionawr|Chwefror|Mawrth|Ebrill|Mai|Mehefin|Gorffennaf|Awst|Medi|Hydref|Tachwedd|Rhagfyr",
    ),
    "pl": Names(
        "{weekday}, {day} {month} {year}",
        "poniedziałek|wtorek|środa|czwartek|piątek|sobota|niedziela",
        "stycznia|lutego|marca|kwietnia|maja|czerwca|lipca|sierpnia|września|października|listopada|grudnia",
    ),
    "ro": Names(
        "{weekday}, {day} {month} {year}",
        "luni|marți|miercuri|joi|vineri|sâmbătă|duminică",
        "ianuarie|februarie|martie|aprilie|mai|iunie|iulie|august|septembrie|octombrie|noiembrie|decembrie",
    ),
    "uk": Names(
        "{weekday}, {day} {month} {year} р.",
        "понеділок|вівторок|середа|четвер|пʼятниця|субота|неділя",
        "січня|лютого|березня|квітня|травня|червня|липня|серпня|вересня|жовтня|листопада|грудня",
    ),
    "ar": Names(
        "{weekday}، {day} {month} {year}",
        "الاثنين|الثلاثاء|الأربعاء|الخميس|الجمعة|السبت|الأحد",
        "يناير|فبراير|مارس|أبريل|مايو|يونيو|يوليو|أغسطس|سبتمبر|أكتوبر|نوفمبر|ديسمبر",
    ),
    "ur": Names(
        "{weekday}، {day} {month}، {year}",
        "پیر|منگل|بدھ|جمعرات|جمعہ|ہفتہ|اتوار",
        "جنوری|فروری|مارچ|اپریل|مئی|جون|جولائی|اگست|ستمبر|اکتوبر|نومبر|دسمبر",
    ),
    "bn": Names(
        "{weekday}, {day} {month}, {year}",
        "সোমবার|মঙ্গলবার|বুধবার|বৃহস্পতিবার|শুক্রবার|শনিবার|রবিবার",
        "জানুয়ারী|ফেব্রুয়ারী|মার্চ|এপ্রিল|মে|জুন|জুলাই|আগস্ট|সেপ্টেম্বর|অক্টোবর|নভেম্বর|ডিসেম্বর",
    ),
    "pa": Names(
        "{weekday}, {day} {month} {year}",
        "ਸੋਮਵਾਰ|ਮੰਗਲਵਾਰ|ਬੁੱਧਵਾਰ|ਵੀਰਵਾਰ|ਸ਼ੁੱਕਰਵਾਰ|ਸ਼ਨਿੱਚਰਵਾਰ|ਐਤਵਾਰ",
        "ਜਨਵਰੀ|ਫ਼ਰਵਰੀ|ਮਾਰਚ|ਅਪ੍ਰੈਲ|ਮਈ|ਜੂਨ|ਜੁਲਾਈ|ਅਗਸਤ|ਸਤੰਬਰ|ਅਕਤੂਬਰ|ਨਵੰਬਰ|ਦਸੰਬਰ",
    ),
    "so": Names(
        "{weekday}, {month} {day}, {year}",
        "Isniin|Talaado|Arbaco|Khamiis|Jimco|Sabti|Axad",
        "Janaayo|Febraayo|Maarso|Abriil|Maayo|Juun|Luulyo|Agosto|Sebtembar|Oktoobar|Noofeembar|Diseembar",
    ),
    "pt": Names(
        "{weekday}, {day} de {month} de {year}",
        "segunda-feira|terça-feira|quarta-feira|quinta-feira|sexta-feira|sábado|domingo",
        "janeiro|fevereiro|março|abril|maio|junho|julho|agosto|setembro|outubro|novembro|dezembro",
    ),
    "es": Names(
        "{weekday}, {day} de {month} de {year}",
        "lunes|martes|miércoles|jueves|viernes|sábado|domingo",
        "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre",
    ),
}


def in_words(day: date, tag: str) -> str:
    """A day in a language: `Thursday, 2 July 2026`."""
    names = _NAMES[tag]
    weekday, month = names.weekdays.split("|")[day.weekday()], names.months.split("|")[day.month - 1]
    return names.pattern.format(weekday=weekday, day=day.day, month=month, year=day.year)
