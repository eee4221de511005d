"""Many near-duplicates aimed at one question."""

import random

from kintsugi.bench.canaries.campaigns import campaign
from kintsugi.sensitive import NearDuplicates, Policy


def ordinary(number: int) -> str:
    rng = random.Random(number)
    return " ".join("".join(rng.choice("abcdefghijkl") for _ in range(6)) for _ in range(60))


def test_a_campaign_is_named_with_its_documents_and_its_question():
    detector = NearDuplicates(at_least=5)
    for number in range(50):
        detector.add(f"clean {number}", f"Page {number}", ordinary(number))
    for number, (title, text) in enumerate(campaign(random.Random(1), 8)):
        detector.add(f"bad {number}", title, text)
    (suspect,) = detector.suspects()
    assert suspect.documents == tuple(f"bad {number}" for number in range(8))
    assert suspect.count == 8
    assert suspect.confidence >= 0.6
    assert suspect.finding("some text").masked.startswith("8 near-duplicates for “")


def test_a_document_of_a_campaign_is_told_as_soon_as_the_campaign_is_one():
    detector = NearDuplicates(at_least=5)
    told = [
        detector.add(str(number), title, text) for number, (title, text) in enumerate(campaign(random.Random(2), 7))
    ]
    assert told == [0.0] * 4 + [0.9] * 3


def test_the_same_text_for_many_different_questions_is_a_campaign_for_each_that_is_asked_often():
    detector = NearDuplicates(at_least=5)
    body = ordinary(1)
    for number in range(6):
        for subject in ("the backup of the east", "rotation for the west", "the queue named north"):
            detector.add(f"{subject} {number}", "Note", f"How do I repair {subject}? {body}")
    assert sorted(each.count for each in detector.suspects()) == [6, 6, 6]


def test_near_duplicates_with_titles_of_their_own_are_no_campaign():
    detector = NearDuplicates(at_least=5)
    body = ordinary(1)
    for place in ("Azure", "Amazon", "vSphere", "OpenStack", "Nutanix", "Alibaba"):
        detector.add(place, f"{place} {place}-guide {place}-networks", body)
    assert detector.suspects() == []


def test_documents_that_only_share_a_question_are_no_campaign():
    detector = NearDuplicates(at_least=5)
    for number in range(20):
        detector.add(str(number), "", "How do I restore the backup? " + ordinary(number))
    assert detector.suspects() == []


def test_what_is_held_is_bounded_and_single_documents_are_forgotten_first():
    detector = NearDuplicates(at_least=5, capacity=30)
    planted = campaign(random.Random(3), 6)
    for number, (title, text) in enumerate(planted[:2]):
        detector.add(f"bad {number}", title, text)
    for number in range(500):
        detector.add(f"clean {number}", f"What about page {number} here?", ordinary(number))
    assert len(detector._clusters) <= 30
    assert len(detector._by_band) <= 30 * 32
    for number, (title, text) in enumerate(planted[2:], 2):
        detector.add(f"bad {number}", title, text)
    assert [each.count for each in detector.suspects()] == [6]


def test_pages_that_share_a_title_without_a_question_are_reported_with_doubt():
    detector = NearDuplicates(at_least=5)
    for number in range(6):
        detector.add(str(number), "Installing a cluster with customizations", ordinary(1))
    assert [each.confidence < Policy().threshold for each in detector.suspects()] == [True]
