# SPDX-License-Identifier: Apache-2.0
"""A violation of each law, planted in a tree that keeps them all, is reported with its file and line."""

import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts/check_layers.py"
LICENCE = "// SPDX-License-Identifier: Apache-2.0\n"
HEADER = LICENCE + "#pragma once\n"
LAYERS = "# highest first\ncli\ntrain\ninfer\ndata metrics\nimage config\nkernels\ncore\n"


def body(lines):
    return "  call();\n" * lines


class CheckLayersTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.root = pathlib.Path(scratch.name)
        self.write("src/LAYERS", LAYERS)
        for folder in re.findall(r"^[a-z ]+$", LAYERS, re.MULTILINE):
            for name in folder.split():
                self.write(f"src/{name}/thing.hpp", HEADER)
        self.write("src/data/split.cpp", LICENCE + '#include "core/thing.hpp"\n#include "image/thing.hpp"\n')
        self.write("src/image/door.cpp", LICENCE + "#include <itkImage.h>\n")
        self.write("src/config/yaml.cpp", LICENCE + "#include <yaml-cpp/parser.h>\n")
        self.write("src/kernels/fused.cu", LICENCE)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def report(self):
        answer = subprocess.run([sys.executable, SCRIPT, self.root], capture_output=True, text=True)
        self.assertEqual(answer.stderr, "")
        self.assertEqual(answer.returncode, 1 if answer.stdout else 0)
        return answer.stdout.splitlines()

    def expect(self, name, text, line, part):
        """Planting `text` as file `name` gives exactly one violation, in `line`, whose sentence holds `part`."""
        self.write(name, text)
        lines = self.report()
        self.assertEqual(len(lines), 1, lines)
        self.assertTrue(lines[0].startswith(f"{name}:{line}: "), lines[0])
        self.assertIn(part, lines[0])

    def test_a_lawful_tree_is_silent(self):
        self.assertEqual(self.report(), [])

    def test_an_include_up_the_layers(self):
        self.expect("src/core/up.cpp", LICENCE + '\n#include "image/thing.hpp"\n', 3, "may not include image/")

    def test_an_include_of_a_sibling(self):
        self.expect("src/data/side.cpp", LICENCE + '#include "metrics/thing.hpp"\n', 2, "may not include metrics/")

    def test_an_include_without_its_folder(self):
        self.expect("src/data/bare.cpp", LICENCE + '#include "split.hpp"\n', 2, "names no layer")

    def test_a_folder_that_is_no_layer(self):
        self.write("src/extra/thing.cpp", LICENCE)
        self.assertEqual(self.report(), ["src/extra:1: the folder is not in src/LAYERS"])

    def test_itk_outside_image(self):
        self.expect("src/data/reader.cpp", LICENCE + "#include <itkImageFileReader.h>\n", 2, "ITK")

    def test_yaml_outside_config(self):
        self.expect("src/cli/options.cpp", LICENCE + '#include "yaml-cpp/yaml.h"\n', 2, "yaml-cpp")

    def test_cuda_outside_kernels(self):
        self.expect("src/data/fast.cu", LICENCE, 1, "CUDA")

    def test_all_of_torch(self):
        self.expect("tests/data/split_test.cpp", LICENCE + "#include <torch/torch.h>\n", 2, "torch/torch.h")

    def test_task_kinds_by_name(self):
        self.expect("src/train/loop.cpp", LICENCE + "\n// the Segmentation task\n", 3, "Segmentation")
        (self.root / "src/train/loop.cpp").unlink()
        self.expect("src/infer/window.cpp", LICENCE + "int classification_heads;\n", 2, "classification")

    def test_a_long_file(self):
        self.expect("src/core/long.cpp", LICENCE + "int x;\n" * 400, 401, "401 lines")

    def test_a_file_of_exactly_the_limit(self):
        self.write("src/core/long.cpp", LICENCE + "int x;\n" * 399)
        self.assertEqual(self.report(), [])

    def test_long_functions_of_every_form(self):
        heads = [
            "int plain(int a) {\n",
            "template <class T, class = std::enable_if_t<(sizeof(T) > 1)>>\nT templated(T a) {\n",
            "Thing::Thing(int a) : a_{a}, b_(1) {\n",
            "auto trailing(int a) -> std::vector<int> {\n",
            "int Thing::constant() const noexcept {\n",
            "Thing& Thing::operator=(Thing&& other) & {\n",
            'extern "C" int exported(int a) {\n',
            'DOCTEST_TEST_CASE("a sentence with a { brace") {\n',
            "const auto lambda = [](int a) {\n",
        ]
        for head in heads:
            with self.subTest(head=head):
                lines = 61 - head.count("\n") - 1
                end = "};\n" if "lambda" in head else "}\n"
                inside = "namespace tazuna {\n" + head
                self.expect("src/core/f.cpp", LICENCE + inside + body(lines) + end + "}\n", 3, "61 lines")
                self.write("src/core/f.cpp", LICENCE + inside + body(lines - 1) + end + "}\n")
                self.assertEqual(self.report(), [])

    def test_a_long_method_in_a_class_in_a_suite(self):
        text = (LICENCE + 'DOCTEST_TEST_SUITE("a/b") {\n  struct Local : Base<decltype(x)> {\n    int y{3};\n'
                "    void method() {\n" + body(59) + "    }\n  };\n}\n")
        self.expect("tests/core/a_test.cpp", text, 5, "61 lines")

    def test_braces_in_strings_comments_and_letters_do_not_count(self):
        text = (LICENCE + 'int a() {\n  f("{", \'{\', R"x({ " {)x", 1\'000);  // {\n  /* { */\n}\n'
                "#define OPEN {\n" + "int b() {\n" + body(58) + "}\n")
        self.write("src/core/f.cpp", text)
        self.assertEqual(self.report(), [])

    def test_long_tables_and_classes_are_no_functions(self):
        rows = "    {1, f(2)},\n" * 80
        text = LICENCE + "const Row rows[] = {\n" + rows + "};\nstruct S {\n" + "  int x;\n" * 80 + "};\n"
        self.write("src/core/table.cpp", text)
        self.assertEqual(self.report(), [])

    def test_names_that_say_nothing(self):
        for name in ("src/core/utils.cpp", "src/core/common/text.cpp", "tests/data/file_helpers.hpp",
                     "src/core/window_manager.cpp"):
            with self.subTest(name=name):
                self.expect(name, HEADER, 1, "says nothing")
                (self.root / name).unlink()

    def test_a_missing_licence_line(self):
        self.expect("tests/core/a_test.cpp", "#include <vector>\n", 1, "SPDX")
        (self.root / "tests/core/a_test.cpp").unlink()
        self.expect("tests/core/golden/a.py", "#!/usr/bin/env python3\n\n# no licence\n", 1, "SPDX")

    def test_a_header_without_pragma_once(self):
        self.expect("src/core/a.hpp", LICENCE + "int x();\n", 1, "#pragma once")

    def write_options(self, struct="", described="", more=""):
        """Options with a number and a closed word, and their describe; each argument adds lines."""
        self.write("src/train/setting.hpp", HEADER + "enum class Pace { slow, fast };\nstruct Setting {\n"
                   '  static constexpr std::string_view kind = "setting";\n'
                   "  double rate = 0.1;  // a default; no other\n  std::string name;\n  Pace pace = Pace::slow;\n" + struct +
                   "};\nvoid describe(Fields& fields, Setting& options);\n")
        self.write("src/train/setting.cpp", LICENCE + "void describe(Fields& fields, Setting& options) {\n"
                   '  fields.number("rate", options.rate, {0, 1},\n                "defaults of a rate; 0: none");\n'
                   '  fields.text("name", options.name, "whose it is");\n'
                   '  fields.choice("pace", options.pace, {"slow", "fast"}, "of steps");\n' + described + "}\n" + more)

    def test_options_that_keep_the_law(self):
        self.write_options("  int64_t steps{};\n", '  fields.integer("steps", options.steps, {}, "how many");\n')
        self.assertEqual(self.report(), [])

    def only(self, name, line, part):
        lines = self.report()
        self.assertEqual(len(lines), 1, lines)
        self.assertTrue(lines[0].startswith(f"{name}:{line}: "), lines[0])
        self.assertIn(part, lines[0])

    def test_a_closed_set_without_a_description(self):
        self.expect("src/data/alone.hpp", HEADER + 'struct Alone {\n  static constexpr std::string_view kind = "a";\n};\n', 3,
                    "Alone has a kind, but no describe")

    def test_options_that_are_described_twice(self):
        self.write_options()
        self.expect("src/train/twice.cpp", LICENCE + "void describe(Fields&, Setting&) {}\n", 2,
                    "described in src/train/setting.cpp too")

    def test_a_member_that_nobody_describes(self):
        self.write_options("  std::vector<int64_t> seeds = {1};\n")
        self.only("src/train/setting.hpp", 9, "names Setting::seeds")

    def test_a_number_a_flag_or_a_closed_word_without_its_default(self):
        for kind in ("double", "int64_t", "bool", "Pace"):
            with self.subTest(kind=kind):
                self.write_options(f"  {kind} other;\n", '  fields.value("other", options.other, "other");\n')
                self.only("src/train/setting.hpp", 9, "Setting::other has no default beside it")

    def test_a_default_that_a_description_repeats(self):
        self.write_options(described="  options.rate = 0.2;\n")
        self.only("src/train/setting.cpp", 7, "sets a member of Setting")
        for words in ("steps (default 5)", "steps; default: 5", "defaults to 5", "the default is 5"):
            with self.subTest(words=words):
                self.write_options(described=f'  fields.text("name", options.name, "{words}");\n')
                self.only("src/train/setting.cpp", 7, "spells a default")

    def test_files_that_the_architecture_does_not_name(self):
        names = sorted(path.relative_to(self.root / "src") for path in (self.root / "src").rglob("*") if path.suffix)
        page = "".join(f"\n**{folder}/**\n\n" + "".join(
            f"- `{name.relative_to(folder)}` a line\n" for name in names if name.parts[0] == folder)
            for folder in sorted({name.parts[0] for name in names}))
        self.write("docs/ARCHITECTURE.md", page)
        self.assertEqual(self.report(), [])
        self.write("src/core/thing.cpp", LICENCE)  # a header has its name
        self.assertEqual(self.report(), [])
        self.expect("src/core/new.hpp", HEADER, 1, "does not name it")
        (self.root / "src/core/new.hpp").unlink()
        self.expect("src/core/lone.cpp", LICENCE, 1, "does not name it")
        (self.root / "src/core/lone.cpp").unlink()
        self.expect("docs/ARCHITECTURE.md", page + "- `gone.hpp` a line\n", page.count("\n") + 1, "there is no src/")


if __name__ == "__main__":
    unittest.main()
