"""Names and mailboxes of made-up people. Every address is at example.com or example.org (RFC 2606: nobody's)."""

from __future__ import annotations

import random
from collections.abc import Iterator

_FIRST = {
    "american": (
        "Aaliyah Adrian Aisha Amara Andre Ben Bianca Caleb Camila Carmen Chloe Dakota Daniel Diego Elena Eli Emma "
        "Ethan Fatima Gabriel Grace Hannah Hugo Imani Isaac Ivy Jamal Jasmine Joel Julia Kai Keisha Lena Leo "
        "Lucia Malik Maria Marcus Mei Mina Noah Nadia Olivia Omar Paige Priya Quinn Rafael Riley Rosa Samir Sofia "
        "Tessa Tomas Uma Victor Wendy Xavier Yara Zoe"
    ),
    "japanese": (
        "Aiko Akira Ayumi Chika Daichi Eiji Emi Fumiko Hana Haruto Hayato Hinata Hiroshi Itsuki Jun Kaede Kaito "
        "Kana Kaori Kenji Kenta Koharu Mai Makoto Mao Masato Mei Michiko Minato Miyu Naoki Natsuki Nozomi Ren "
        "Rika Rin Riku Saki Sakura Satoshi Shiori Shota Sora Taichi Takumi Tomoko Tsubasa Yamato Yua Yui Yuki "
        "Yuma Yuto Anna Linh Minh Daniel"
    ),
    "european": (
        "Ahmet Alina Anton Ayse Ben Carla Clara Dilan Elias Emil Emre Eva Felix Finn Franziska Georg Greta Hanna "
        "Ida Ilse Jakob Jana Johanna Karl Katja Lara Lars Lea Leon Lina Lotte Luca Luise Malte Marek Marie Mathis "
        "Milan Mina Moritz Nele Nikola Olga Oskar Paula Pia Rania Ronja Samira Selma Simon Sven Tarek Thea Tilda "
        "Ulrike Vera Wanda Yusuf"
    ),
}
_LAST = {
    "american": (
        "Abrams Adeyemi Alvarez Anders Baker Bennett Boyd Brooks Campos Carter Chavez Chen Cohen Cruz Diaz Dubois "
        "Ellis Flores Foster Garcia Gomez Greene Gupta Hall Hansen Hayes Ibrahim Jackson Johnson Kapoor Kelly "
        "Khan Kim Lee Lopez Mensah Meyer Miller Murphy Nguyen Novak Ortiz Park Patel Perez Quinn Ramirez Reed "
        "Rivera Rossi Santos Shah Silva Singh Stone Tran Turner Vega Walker Wong Young Zhang"
    ),
    "japanese": (
        "Abe Aoki Arai Endo Fujita Fukuda Goto Hara Hasegawa Hashimoto Hayashi Hirano Ikeda Imai Inoue Ishii Ito "
        "Kaneko Kato Kimura Kobayashi Kojima Kondo Kudo Maeda Maruyama Masuda Matsuda Mori Murakami Nakajima "
        "Nakamura Nishimura Noguchi Nomura Ogawa Okada Ono Ota Saito Sakai Sasaki Shibata Shimizu Sugiyama Suzuki "
        "Takagi Takeda Tamura Tanaka Uchida Ueda Wada Watanabe Yamada Yamamoto Yokoyama Yoshida Nguyen Park Meyer"
    ),
    "european": (
        "Albrecht Arslan Bauer Becker Bergmann Berger Braun Demir Dietrich Ebert Engel Fischer Frank Friedrich "
        "Graf Gross Haas Hahn Hartmann Heinrich Herzog Hoffmann Horn Jansen Kaiser Kaya Keller Klein Koch "
        "Kowalski Kraus Kuhn Lang Lehmann Lorenz Maier Marx Moser Nowak Otto Petersen Pfeiffer Richter Roth Sahin "
        "Sauer Schmidt Schneider Schulz Seidel Simon Sommer Stein Thomas Vogel Wagner Weber Winkler Wolf Yilmaz "
        "Ziegler"
    ),
}


def people(kind: str, rng: random.Random, taken: set[str]) -> Iterator[tuple[str, str]]:
    """Names with an address each, without end and without a repeat. `taken` are addresses that are somebody's."""
    first, last = _FIRST[kind].split(), _LAST[kind].split()
    while True:
        name = f"{rng.choice(first)} {rng.choice(last)}"
        email = f"{name.lower().replace(' ', '.')}@{'example.com' if rng.random() < 0.7 else 'example.org'}"
        if email not in taken:
            taken.add(email)
            yield name, email


def card_number(rng: random.Random, brand: str) -> str:
    """Digits in a card's shape that no issuer has given out (4000 00…, 5555 55…). The last four are what is shown."""
    head = {"visa": "400000", "mastercard": "555555"}.get(brand, "400000")
    return head + "".join(str(rng.randrange(10)) for _ in range(10))


_PLACES = {
    "US": (
        ("Quay Street", "Harbor Lane", "Maple Avenue", "Congress Street", "Pine Hill Road"),
        (("Portland", "ME", "04101"), ("South Portland", "ME", "04106"), ("Brunswick", "ME", "04011")),
    ),
    "JP": (
        ("Sanjo-dori", "Shijo-dori", "Kawaramachi", "Karasuma-cho", "Demachi"),
        (("Kyoto", "Kyoto", "604-8001"), ("Osaka", "Osaka", "530-0001"), ("Otsu", "Shiga", "520-0044")),
    ),
    "DE": (
        ("Lindenstraße", "Karl-Heine-Straße", "Am Kanal", "Südplatz", "Zschochersche Straße"),
        (("Leipzig", "", "04229"), ("Leipzig", "", "04275"), ("Markkleeberg", "", "04416")),
    ),
}


def address(country: str, rng: random.Random) -> dict[str, str]:
    """A postal address in a street that may well exist, at a number that need not."""
    streets, towns = _PLACES[country]
    street, number = rng.choice(streets), rng.randrange(1, 90)
    city, region, postcode = rng.choice(towns)
    line = f"{street} {number}" if country == "DE" else f"{number} {street}"
    return {"street": line, "city": city, "region": region, "postcode": postcode, "country": country}
