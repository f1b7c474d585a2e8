import pytest
import yaml
from pydantic import ValidationError

from tenfold.core.errors import TenfoldError
from tenfold.core.networks import NETWORKS, ClassicNetwork, LocalNetwork
from tenfold.core.optimizers import AdamSettings
from tenfold.core.recipe import FewImages, recipe_from
from tenfold.recipes import NAMES, find_recipe


@pytest.mark.parametrize("name", NAMES)
def test_every_recipe_is_found_under_its_name_and_survives_yaml(name):
    recipe = find_recipe(name)
    assert recipe.name == name
    assert recipe_from(yaml.safe_load(yaml.safe_dump(recipe.model_dump(mode="json")))) == recipe


def test_an_override_makes_a_new_recipe():
    classic = find_recipe("classic")
    assert isinstance(classic.network, ClassicNetwork)
    changed = classic.with_overrides({"epochs": 5, "widths": [32], "patience": None})
    assert isinstance(changed.network, ClassicNetwork)
    assert (changed.epochs, changed.network.widths, changed.patience) == (5, (32,), None)
    assert (classic.epochs, classic.network.widths, classic.patience) == (100, (128, 64, 15), 10)


def test_a_recipe_cannot_be_changed_in_place():
    with pytest.raises(ValidationError, match="frozen"):
        find_recipe("classic").epochs = 5


def test_names_the_nearest_recipe_for_an_unknown_one():
    with pytest.raises(TenfoldError, match=r"no recipe 'clasic'. Did you mean 'classic'\?"):
        find_recipe("clasic")


def test_names_the_nearest_setting_for_an_unknown_one():
    with pytest.raises(TenfoldError, match=r"no setting 'epohcs'. Did you mean 'epochs'\?"):
        find_recipe("classic").with_overrides({"epohcs": 5})


@pytest.mark.parametrize("fixed", ["name", "network", "kind"])
def test_what_makes_a_recipe_itself_cannot_be_overridden(fixed):
    with pytest.raises(TenfoldError, match=f"no setting '{fixed}'"):
        find_recipe("classic").with_overrides({fixed: "dense"})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("epochs", 0),
        ("learning_rate", -1),
        ("input_dropout", 1.0),
        ("widths", [0]),
        ("validation", "ten"),
        ("batch_size", "many"),
        ("cutmix", 1.5),
        ("cutmix", -0.1),
    ],
)
def test_refuses_a_value_that_does_not_fit(key, value):
    with pytest.raises(TenfoldError, match=f"{key}.*received"):
        find_recipe("classic").with_overrides({key: value})


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"marathon"}))
def test_only_the_longest_fit_cuts_and_pastes_unless_it_is_asked_to(name):
    assert find_recipe(name).cutmix == 0
    asked = find_recipe(name).with_overrides({"cutmix": 0.25, "flip": False, "shift": 0.0})
    assert (asked.cutmix, asked.changes_images) == (0.25, True)
    assert asked.for_images(100).cutmix == 0.25


TUNED = find_recipe("classic").model_copy(
    update={"tuned_to": 45_000, "batch_size": 500, "epochs": 12, "flip": True}
)


def test_a_quarter_of_the_images_gets_half_the_batch_and_the_same_epochs():
    small = TUNED.for_images(45_000 // 4)
    assert (small.batch_size, small.epochs) == (250, 12)
    assert TUNED.for_images(1).batch_size == 2  # 500 times the root of 1 in 45,000: 2.4.
    for more in (45_000, 100_000):
        assert TUNED.for_images(more).batch_size == 500


@pytest.mark.parametrize("name", [name for name in NAMES if find_recipe(name).tuned_to])
def test_what_suits_one_number_of_images_is_settled(name):
    settled = find_recipe(name).for_images(1_000)
    assert settled.for_images(100) == settled


def dropout(recipe):
    assert isinstance(recipe.network, LocalNetwork)
    return recipe.network.dropout


def test_few_images_are_seen_more_often_and_blended_if_they_may_be_mirrored():
    standard = find_recipe("standard")
    assert standard.few_images == FewImages(below=10_000, epochs=40, mixup=0.5, dropout=0.15)
    few, many = standard.for_images(9_999), standard.for_images(10_000)
    assert (few.epochs, few.mixup, dropout(few)) == (40, 0.5, 0.15)
    assert (many.epochs, many.mixup, dropout(many)) == (28, 0.0, 0.0)
    digits = standard.with_overrides({"flip": False}).for_images(1_000)
    assert (digits.epochs, digits.mixup, dropout(digits)) == (40, 0.0, 0.0)


@pytest.mark.parametrize(
    ("setting", "value"), [("epochs", 5), ("batch_size", 7), ("mixup", 0.0), ("dropout", 0.3)]
)
def test_what_the_user_asks_for_is_taken_as_it_is_however_few_images_there_are(setting, value):
    asked = find_recipe("standard").with_overrides({setting: value}).for_images(100)
    by_rule = find_recipe("standard").for_images(100)
    assert asked == by_rule.with_overrides({setting: value}) != by_rule


def test_a_recipe_need_not_change_for_few_images():
    plain = find_recipe("standard").with_overrides({"few_images": None})
    assert (plain.for_images(100).epochs, plain.for_images(100).mixup) == (28, 0.0)
    assert find_recipe("classic").for_images(100) == find_recipe("classic")


@pytest.mark.parametrize(("name", "key"), [("dense-standard", "widths"), ("standard", "local")])
def test_refuses_a_network_without_its_layers(name, key):
    with pytest.raises(TenfoldError, match=f"{key}.*at least one"):
        find_recipe(name).with_overrides({key: []})


@pytest.mark.parametrize(
    ("name", "key", "message"),
    [
        (
            "classic",
            "weight_decay",
            "to the optimizer muon; this recipe's optimizer is adam",
        ),
        (
            "classic",
            "precision",
            "local or fully_connected; this recipe's network is classic",
        ),
        ("dense-standard", "grid", "belongs to the network local; this recipe's network is fully"),
        ("standard", "input_dropout", r"network is local. Did you mean 'dropout'\?"),
    ],
)
def test_refuses_a_setting_that_the_chosen_network_or_optimiser_does_not_use(name, key, message):
    with pytest.raises(TenfoldError, match=message):
        find_recipe(name).with_overrides({key: 0.5})


def test_another_optimiser_begins_with_its_defaults():
    recipe = find_recipe("standard").with_overrides({"optimizer": "adam", "learning_rate": 0.01})
    assert recipe.optimizer == AdamSettings(learning_rate=0.01)
    with pytest.raises(TenfoldError, match="'adam', 'muon'; received 'adm'"):
        recipe.with_overrides({"optimizer": "adm"})


def test_a_network_with_one_number_format_keeps_it():
    assert find_recipe("classic").at_precision("bfloat16") == find_recipe("classic")
    assert find_recipe("quick").at_precision("bfloat16").network.precision == "bfloat16"


@pytest.mark.parametrize("kind", ["dense", "tiled"])
def test_no_network_has_a_kind_of_an_earlier_version(kind):
    assert kind not in {network.model_fields["kind"].default for network in NETWORKS}


def test_says_what_few_images_change():
    standard = find_recipe("standard")
    assert standard.changes_to(standard.for_images(11_250)) == "batch_size 250 instead of 500"
    assert standard.changes_to(standard.for_images(5_000)) == (
        "batch_size 167 instead of 500, epochs 40 instead of 28, mixup 0.5 instead of 0.0, "
        "dropout 0.15 instead of 0.0"
    )
    assert standard.changes_to(standard.for_images(45_000)) == ""


@pytest.mark.parametrize(
    ("side_px", "words"),
    [(32, "16 x 16 tiles of 2 x 2 pixels"), (8, "8 x 8 tiles of 1 pixel,"), (30, "15 x 15 tiles")],
)
def test_a_local_network_says_how_many_tiles_an_image_has(side_px, words):
    assert find_recipe("standard").network.describe(side_px).startswith(words)
