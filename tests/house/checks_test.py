#!/usr/bin/env python3
"""The checks of cmake/checks can fail: each rule has a small project that breaks it, and only it."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHECKS = ROOT / "cmake/checks"
sys.path.insert(0, str(ROOT / "tests/bench/guard"))
import guard  # noqa: E402


def run(check, *arguments):
    return subprocess.run([sys.executable, CHECKS / check, *map(str, arguments)],
                          capture_output=True, text=True)


class Fixture(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def write(self, path, text=""):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file


class Layers(Fixture):
    def setUp(self):
        super().setUp()
        self.write("core/layers.txt", "# the floors\nbase: api.h\nreactor: reactor.h host.h\n"
                                      "net: transport.h\n")
        self.write("core/include/bight/api.h")
        self.write("core/include/bight/reactor.h", "#include <bight/api.h>\n")
        self.write("core/include/bight/host.h", "#include <bight/reactor.h>\n")
        self.write("core/include/bight/transport.h", "#include <bight/reactor.h>\n")
        self.write("core/base/list.h")
        self.write("core/reactor/poller.h", '#include "base/list.h"\n#include <sys/epoll.h>\n')
        self.write("core/net/tcp.c", '#include <bight/transport.h>\n#include "reactor/poller.h"\n')
        self.write("adapters/hosts/glib/include/bight/glib.h",
                   "#include <bight/reactor.h>\n#include <glib.h>\n")
        self.write("adapters/hosts/glib/glib.c", "#include <bight/glib.h>\n#include <bight/host.h>\n")
        self.write("adapters/guests/curl/curl.c", "#include <bight/transport.h>\n")
        self.write("adapters/guests/sql/layers.txt", "# the files\nbackend: backend.h\n"
                                                     "lite: lite/lite.h lite/lite.c\n"
                                                     "pool: pool.h pool.c\n")
        self.write("adapters/guests/sql/include/bight/sql.h")
        self.write("adapters/guests/sql/backend.h", "#include <bight/sql.h>\n")
        self.write("adapters/guests/sql/lite/lite.h", '#include "../backend.h"\n')
        self.write("adapters/guests/sql/lite/lite.c", '#include "lite.h"\n')
        self.write("adapters/guests/sql/pool.h", '#include "backend.h"\n')
        self.write("adapters/guests/sql/pool.c", '#include "pool.h"\n')
        self.write("protocols/layers.txt", "# the families\nhttp: http.h\nirc: irc.h\n")
        for family in ("http", "irc"):
            self.write(f"protocols/{family}/CMakeLists.txt")
            self.write(f"protocols/{family}/include/bight/{family}.h",
                       "#include <bight/transport.h>\n")
        self.write("protocols/http/fields.h")
        self.write("protocols/irc/parser.h")
        self.write("protocols/irc/session.c", '#include <bight/irc.h>\n#include "parser.h"\n'
                                              '#include <bight/http.h>\n#include "base/list.h"\n')
        self.write("adapters/bindings/gobject/irc.c",
                   "#include <bight/irc.h>\n#include <bight/glib.h>\n#include <glib-object.h>\n")
        self.write("cli/main.c", "#include <bight/irc.h>\n#include <bight/glib.h>\n#include <stdio.h>\n")
        self.write("demo-gtk/main.c", "#include <gtk/gtk.h>\n#include <bight/glib.h>\n")

    def expect(self, *words):
        result = run("layers.py", self.root)
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertIn(" 1 faults", result.stdout)
        for word in words:
            self.assertIn(word, result.stdout)

    def test_a_tree_that_keeps_the_rules_passes(self):
        result = run("layers.py", self.root)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_a_file_of_a_library_that_includes_one_above_it_fails(self):
        self.write("adapters/guests/sql/lite/lite.c", '#include "../pool.h"\n')
        self.expect("lite.c:1", "upward, from lite to pool")

    def test_a_header_of_a_folder_in_a_library_is_private_to_it(self):
        self.write("adapters/guests/sql/pool.c", '#include "lite/lite.h"\n')
        self.expect("pool.c:1", "private to adapters/guests/sql/lite")

    def test_a_file_of_a_library_that_no_row_lists_fails(self):
        self.write("adapters/guests/sql/lease.c")
        self.expect("lease.c: no row of adapters/guests/sql/layers.txt lists it")

    def test_a_file_that_a_library_lists_and_that_is_not_there_fails(self):
        self.write("adapters/guests/sql/layers.txt", "backend: backend.h\nlite: lite/lite.h lite/lite.c\n"
                                                     "pool: pool.h pool.c gone.c\n")
        self.expect("lists gone.c, which does not exist")

    def test_an_empty_tree_fails(self):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "core").mkdir()
            pathlib.Path(folder, "core/layers.txt").write_text("base: \n")
            self.assertEqual(run("layers.py", folder).returncode, 1)

    def test_a_floor_that_includes_a_later_one_privately(self):
        self.write("core/base/bytes.c", '\n#include "reactor/poller.h"\n')
        self.expect("core/base/bytes.c:2", "upward, from base to reactor")

    def test_a_floor_that_includes_a_later_one_by_the_way_there(self):
        self.write("core/base/bytes.c", '#include "../reactor/poller.h"\n')
        self.expect("core/base/bytes.c:1", "upward, from base to reactor")

    def test_a_floor_that_includes_a_later_one_publicly(self):
        self.write("core/reactor/run.c", "#include <bight/transport.h>\n")
        self.expect("core/reactor/run.c:1", "upward, from reactor to net")

    def test_a_floor_that_includes_what_is_internal_to_another(self):
        self.write("core/reactor/internal.h")
        self.write("core/reactor/run.c", '#include "internal.h"\n')
        self.write("core/net/tls.c", '#include "../reactor/internal.h"\n')
        self.expect("core/net/tls.c:1", "private to core/reactor")

    def test_modules_that_include_each_other(self):
        self.write("core/net/tcp.h")
        self.write("core/net/udp.h", '#include "tcp.h"\n')
        self.write("core/net/icmp.c", '#include "udp.h"\n')
        self.write("core/net/tcp.c", '#include "tcp.h"\n#include "udp.h"\n')
        self.expect("in a circle of includes: core/net/tcp, core/net/udp\n")

    def test_a_public_header_that_includes_upward(self):
        self.write("core/include/bight/api.h", "#  include <bight/reactor.h>\n")
        self.expect("upward, from base to reactor")

    def test_a_public_header_that_no_row_lists(self):
        self.write("core/include/bight/new.h")
        self.expect("new.h: no row of core/layers.txt")

    def test_a_listed_header_that_is_gone(self):
        (self.root / "core/include/bight/transport.h").unlink()
        for path in ("core/net/tcp.c", "adapters/guests/curl/curl.c",
                     "protocols/http/include/bight/http.h", "protocols/irc/include/bight/irc.h"):
            self.write(path)
        self.expect("lists transport.h")

    def test_a_folder_that_is_no_floor(self):
        self.write("core/attic/old.c")
        self.expect("core/attic", "not a floor")

    def test_a_header_on_two_floors(self):
        with (self.root / "core/layers.txt").open("a") as rows:
            rows.write("top: api.h\n")
        result = run("layers.py", self.root)
        self.assertEqual(result.returncode, 1)
        self.assertIn("api.h is on two floors", result.stdout)

    def test_a_public_header_that_needs_a_private_one(self):
        self.write("core/include/bight/api.h", '#include "base/list.h"\n')
        self.expect("a public header needs a private one")

    def test_core_that_includes_an_adapter(self):
        self.write("core/net/udp.c", "#include <bight/glib.h>\n")
        self.expect("upward, from core to adapters")

    def test_core_that_includes_a_toolkit(self):
        self.write("core/net/udp.c", "#include <glib.h>\n")
        self.expect("core knows no toolkit")

    def test_an_adapter_that_includes_a_protocol(self):
        self.write("adapters/guests/curl/multi.c", "#include <bight/irc.h>\n")
        self.expect("upward, from adapters to protocols")

    def test_a_host_adapter_that_includes_a_transport(self):
        self.write("adapters/hosts/glib/glib.c", "#include <bight/transport.h>\n")
        self.expect("a host adapter never sees a transport")

    def test_an_adapter_that_includes_private_headers_of_core(self):
        self.write("adapters/hosts/glib/glib.c", '#include "reactor/poller.h"\n')
        self.expect("private to core/reactor")

    def test_a_protocol_that_includes_a_host_adapter(self):
        self.write("protocols/irc/other.c", "#include <bight/glib.h>\n")
        self.expect("a protocol never names a host")

    def test_a_protocol_that_includes_the_host_contract(self):
        self.write("protocols/irc/other.c", "#include <bight/host.h>\n")
        self.expect("a protocol never names a host")

    def test_a_protocol_that_includes_a_toolkit(self):
        for header in ("glib.h", "gio/gio.h", "QObject", "QtCore/QObject", "gtk/gtk.h",
                       "CoreFoundation/CFRunLoop.h"):
            with self.subTest(header):
                self.write("protocols/irc/other.c", f"#include <{header}>\n")
                self.expect(header, "a protocol never names a host")

    def test_a_protocol_that_includes_sockets(self):
        for header in ("sys/socket.h", "netinet/in.h", "sys/epoll.h", "netdb.h"):
            with self.subTest(header):
                self.write("protocols/irc/other.c", f"#include <{header}>\n")
                self.expect(header, "a protocol knows no socket")

    def test_a_protocol_that_includes_private_headers_of_core(self):
        self.write("protocols/irc/other.c", '#include "reactor/poller.h"\n')
        self.expect("private to core/reactor")

    def test_a_protocol_that_includes_the_tool(self):
        self.write("cli/options.h")
        self.write("protocols/irc/other.c", '#include "cli/options.h"\n')
        self.expect("upward, from protocols to cli")

    def test_a_family_that_includes_a_later_one(self):
        self.write("protocols/http/other.c", "#include <bight/irc.h>\n")
        self.expect("upward, from http to irc")

    def test_a_family_that_includes_private_headers_of_another(self):
        self.write("protocols/irc/other.c", '#include "protocols/http/fields.h"\n')
        self.expect("private to protocols/http")

    def test_a_family_without_a_row(self):
        self.write("protocols/mail/smtp.c")
        self.expect("protocols/mail", "not a floor of protocols/layers.txt")

    def test_a_public_header_of_a_family_that_no_row_lists(self):
        self.write("protocols/irc/include/bight/irc_new.h")
        self.expect("irc_new.h: no row of protocols/layers.txt")

    def test_a_public_header_on_the_row_of_another_family(self):
        self.write("protocols/layers.txt", "http: http.h irc.h\nirc:\n")
        self.expect("protocols/layers.txt: lists irc.h, which is in irc")

    def test_a_protocol_that_includes_a_binding(self):
        self.write("adapters/bindings/gobject/include/bight/gobject.h")
        self.write("protocols/irc/other.c", "#include <bight/gobject.h>\n")
        self.expect("upward, from protocols to adapters/bindings")

    def test_a_host_that_includes_a_binding(self):
        self.write("adapters/bindings/gobject/include/bight/gobject.h")
        self.write("adapters/hosts/glib/glib.c", "#include <bight/gobject.h>\n")
        self.expect("upward, from adapters to adapters/bindings")

    def test_a_demo_that_includes_private_headers_of_a_protocol(self):
        self.write("demo-gtk/main.c", '#include "protocols/irc/parser.h"\n')
        self.expect("private to protocols")

    def test_a_demo_that_includes_another(self):
        self.write("demo-qt/window.hpp")
        self.write("demo-gtk/main.c", '#include "demo-qt/window.hpp"\n')
        self.expect("sideways, from demo-gtk to demo-qt")

    def test_a_quoted_header_that_is_nowhere(self):
        self.write("cli/main.c", '#include "missing.h"\n')
        self.expect("cli/main.c:1", "no such file")

    def test_a_public_header_that_is_nowhere(self):
        self.write("cli/main.c", "#include <bight/missing.h>\n")
        self.expect("no such public header")


class Names(Fixture):
    """Forty functions, of which a twentieth is two."""

    def define(self, *names):
        others = "".join(f"static int other_{number}(void)\n{{\n}}\n" for number in range(38))
        self.write("core/net/one.c", others)
        for number, name in enumerate(names):
            self.write(f"cli/file_{number}.c", f"static bool {name}(void *data)\n{{\n}}\n")

    def test_a_twentieth_may_recur(self):
        self.define("run", "run")
        result = run("names.py", self.root)
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertIn("run: cli/file_0.c, cli/file_1.c", result.stdout)

    def test_more_fail(self):
        self.define("run", "run", "run")
        result = run("names.py", self.root)
        self.assertEqual(result.returncode, 1)
        self.assertIn("41 static functions, 3 under a name that recurs", result.stdout)

    def test_no_functions_at_all_fail(self):
        self.assertEqual(run("names.py", self.root).returncode, 1)


class Headers(Fixture):
    def setUp(self):
        super().setUp()
        self.write("bight/good.h", "#include <stddef.h>\nsize_t bight_good(void);\n")

    def expect(self, *words):
        result = run("headers.py", self.root)
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        for word in words:
            self.assertIn(word, result.stdout)

    def test_a_header_that_stands_alone_passes_in_both_languages(self):
        result = run("headers.py", self.root)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("2 compiled", result.stdout)

    def test_no_headers_at_all_fail(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(run("headers.py", folder).returncode, 1)

    def test_a_header_that_relies_on_another(self):
        self.write("bight/bad.h", "size_t bight_bad(void);\n")
        self.expect("bight/bad.h does not compile alone as c11")

    def test_a_header_that_is_not_cplusplus(self):
        self.write("bight/bad.h", "void bight_bad(int class);\n")
        self.expect("bight/bad.h does not compile alone as c++17", "1 faults")

    def test_a_header_that_is_not_c(self):
        self.write("bight/bad.h", "namespace bight {}\n")
        self.expect("bight/bad.h does not compile alone as c11", "1 faults")

    def test_a_header_that_warns(self):
        self.write("bight/bad.h", "static int bight_unused(void) { return 0; }\n")
        self.expect("bight/bad.h", "unused")

    def test_a_header_that_needs_gnu_extensions(self):
        self.write("bight/bad.h", "enum { BIGHT_BAD = __extension__ 1 };\n"
                                  "struct bight_bad { int a; struct { int b; } c[0]; };\n")
        self.expect("bight/bad.h")

    def test_a_cplusplus_header_is_not_compiled_as_c(self):
        self.write("bight/good.hpp", "namespace bight { inline constexpr int x = 1; }\n")
        result = run("headers.py", self.root)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("3 compiled", result.stdout)

    def test_a_bad_cplusplus_header(self):
        self.write("bight/bad.hpp", "namespace bight { std::string name(); }\n")
        self.expect("bight/bad.hpp does not compile alone as c++17")


class Exports(Fixture):
    def library(self, text, name="one.c"):
        source = self.write(name, text)
        library = self.root / f"lib{name}.so"
        compiler = "cc" if name.endswith(".c") else "c++"
        subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source], check=True)
        return library

    def test_names_of_our_own_pass(self):
        library = self.library("int bight_x(void) { return 0; }\nint bight_table[2];\n"
                               "static int helper(void) { return 1; }\n"
                               "int (*bight_use)(void) = helper;\n")
        result = run("exports.py", library)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("3 symbols", result.stdout)

    def test_a_stranger_fails(self):
        library = self.library("int bight_x(void) { return 0; }\nint helper(void) { return 0; }\n")
        result = run("exports.py", library)
        self.assertEqual(result.returncode, 1)
        self.assertIn("exports helper", result.stdout)

    def test_a_private_name_that_is_not_hidden_fails(self):
        result = run("exports.py", self.library("int bighti_x(void) { return 0; }\n"))
        self.assertEqual(result.returncode, 1)
        self.assertIn("exports bighti_x", result.stdout)

    def test_data_counts_too(self):
        result = run("exports.py", self.library("int bight_x = 1;\nint counter;\n"))
        self.assertEqual(result.returncode, 1)
        self.assertIn("exports counter", result.stdout)

    def test_the_cplusplus_namespace_passes(self):
        library = self.library("namespace bight { struct A { virtual ~A(); int f() const; };\n"
                               "A::~A() {} int A::f() const { return 1; } }\n", "two.cpp")
        result = run("exports.py", library)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_another_namespace_fails(self):
        library = self.library("namespace knot { int f() { return 1; } }\n", "two.cpp")
        result = run("exports.py", library)
        self.assertEqual(result.returncode, 1)
        self.assertIn("_ZN4knot1fEv", result.stdout)

    def test_a_library_that_exports_nothing_fails(self):
        result = run("exports.py", self.library("static int x;\nint *y(void) __attribute__(("
                                                "visibility(\"hidden\")));\n"
                                                "int *y(void) { return &x; }\n"))
        self.assertEqual(result.returncode, 1)
        self.assertIn("exports nothing", result.stdout)

    def test_a_promise_that_is_kept_passes_and_one_that_is_not_fails(self):
        self.write("include/bight/x.h",
                   "/** Not BIGHT_API int bight_comment(void); */\n"
                   "BIGHT_API BIGHT_MUST_USE int bight_x(void);\n"
                   "BIGHT_API BIGHT_MUST_USE const char *\nbight_missing(int a,\n    int b);\n")
        library = self.library("int bight_x(void) { return 0; }\n")
        result = run("exports.py", "--headers", self.root / "include", library)
        self.assertEqual(result.returncode, 1)
        self.assertIn("bight/x.h declares bight_missing", result.stdout)
        self.assertIn("1 faults", result.stdout)


class Readme(Fixture):
    def setUp(self):
        super().setUp()
        self.write("run", "#!/bin/sh\necho './run test   runs the tests'\n").chmod(0o755)
        self.write("docs/examples/x.c", "int main(void)\n{\n    one();\n        two();\n}\n")
        self.write("docs/guide.md", "```c\nint sketch(void);\n```\n")
        self.page("one();\n    two();\n")

    def page(self, code, rest="", file="docs/examples/x.c"):
        comment = f"<!-- {file} -->\n" if file else ""
        self.write("README.md", f"# X\n{comment}```c\n{code}```\n[g](docs/guide.md) ./run test\n{rest}")

    def expect(self, words):
        result = run("readme.py", self.root)
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertIn(words, result.stdout)
        self.assertIn("1 faults", result.stdout)

    def test_a_page_that_is_true_passes(self):
        result = run("readme.py", self.root)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_code_that_differs(self):
        self.page("one();\n    three();\n")
        self.expect("README.md:3: the code is not that of docs/examples/x.c")

    def test_code_with_a_line_left_out(self):
        self.page("int main(void)\n{\n    two();\n}\n")
        self.expect("the code is not that of")

    def test_code_of_a_file_that_is_not_there(self):
        self.page("one();\n", file="docs/examples/y.c")
        self.expect("there is no docs/examples/y.c")

    def test_code_of_no_file(self):
        self.page("one();\n", file=None)
        self.expect("code that no example has")

    def test_a_link_that_leads_nowhere(self):
        self.page("one();\n", "![picture](docs/demo.png) [web](https://example.org) [up](#x)")
        self.expect("links to docs/demo.png")

    def test_a_command_that_does_not_exist(self):
        self.page("one();\n", "```sh\n./run fly\n```\n")
        self.expect("./run fly is no command")


class Growing(Fixture):
    def setUp(self):
        super().setUp()
        self.header("    size_t size; /**< grows */\n    int speed;\n")
        self.write("test.cpp", "expect<bight_car_options>();")

    def header(self, members, name="bight_car_options"):
        self.write("bight/car.h", f"typedef struct {name} {{\n{members}}} {name};\n")

    def expect(self, words):
        result = run("growing.py", self.root / "test.cpp", self.root / "bight")
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertIn(words, result.stdout)
        self.assertIn("1 structures, 1 faults", result.stdout)

    def test_a_structure_that_can_grow_passes(self):
        result = run("growing.py", self.root / "test.cpp", self.root / "bight")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_a_structure_without_a_size(self):
        self.header("    int speed;\n")
        self.expect("bight_car_options does not begin with size_t size")

    def test_a_size_that_does_not_come_first(self):
        self.header("    int speed;\n    size_t size;\n")
        self.expect("does not begin with size_t size")

    def test_a_structure_that_no_test_grows(self):
        self.header("    size_t size;\n", "bight_car_ops")
        self.expect("bight_car_ops has no case")

    def test_no_structures_at_all_fail(self):
        self.write("bight/car.h")
        self.assertEqual(run("growing.py", self.root / "test.cpp", self.root).returncode, 1)


class Misuse(Fixture):
    def expect(self, declaration, status, words):
        self.write("test.cpp", '{"bight_car_new", [](bight_reactor *r) { bight_car_new(r); }},\n')
        self.write("bight/car.h", declaration)
        result = run("misuse.py", self.root / "test.cpp", self.root / "bight")
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        self.assertIn(words, result.stdout)

    def test_a_function_that_is_called_without_a_reactor_passes(self):
        self.expect("BIGHT_API bight_car *bight_car_new(bight_reactor *reactor);\n", 0,
                    "1 functions, 0 faults")

    def test_a_function_that_is_not(self):
        self.expect("BIGHT_API BIGHT_MUST_USE bight_status\nbight_car_drive(bight_car *car,\n"
                    "    const bight_reactor *reactor, bight_fn fn);\n", 1,
                    "bight_car_drive() has no case")

    def test_a_function_that_is_named_in_part(self):
        self.expect("BIGHT_API void bight_car_ne(bight_reactor *reactor);\n", 1,
                    "bight_car_ne() has no case")

    def test_functions_that_take_none_are_none(self):
        self.expect("/* bight_car_new(bight_reactor *) */\n"
                    "BIGHT_API bight_reactor *bight_car_get_reactor(const bight_car *car);\n"
                    "BIGHT_API void bight_car_find(bight_car *car, bight_reactor **reactor);\n",
                    1, "0 functions, 0 faults")


class Sizes(Fixture):
    def expect(self, path, text, status, words):
        self.write(path, text)
        result = run("sizes.py", self.root)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        self.assertIn(words, result.stdout)

    def function(self, lines, head="void drive(int far,\n           int wide)"):
        return f"{head}\n{{\n" + "    go();\n" * lines + "}\n"

    def test_what_is_short_passes(self):
        self.expect("core/car.c", self.function(60) + "\n" * 500, 0, "1 files, 0 faults")

    def test_a_long_file(self):
        self.expect("tests/car.hpp", "\n" * 600, 1, "600 lines")

    def test_a_long_function(self):
        self.expect("core/car.c", self.function(61), 1, "core/car.c:3: a function of 61 lines")

    def test_a_long_test(self):
        self.expect("tests/car.cpp", self.function(61, "TEST_F(Car, drives)"), 1,
                    "a function of 61 lines")

    def test_a_long_class_is_no_function(self):
        self.expect("tests/car.cpp", self.function(70, "class Car : public Thing"), 0, "0 faults")

    def test_nothing_at_all_fails(self):
        self.assertEqual(run("sizes.py", self.root).returncode, 1)


class Cost(unittest.TestCase):
    committed = {"native": {"instructions": 1000, "calls of 1": 3.0}}

    def judge(self, **figures):
        return guard.judge({"native": figures}, self.committed)

    def test_a_message_that_costs_what_it_did(self):
        self.assertFalse(self.judge(instructions=1029)[1])

    def test_a_message_that_costs_more(self):
        lines, grown = self.judge(instructions=1031)
        self.assertTrue(grown)
        self.assertIn("GREW", lines[-1])

    def test_a_figure_that_was_never_committed(self):
        self.assertFalse(guard.judge({"qt": {"instructions": 9}}, self.committed)[1])


if __name__ == "__main__":
    unittest.main()
