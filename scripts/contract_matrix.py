"""Which contract runs on which store and database, read from the source and the tests; exits 1 on a gap."""

import ast
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent.parent
ALL_STORES = "Stores"
MODULES = ("stores", "columns", "minors", "people", "work", "world")
"""The modules of ports whose implementations owe something to everybody."""
SQL = ("sqlite", "postgres", "mariadb")
MEMORY = ("memory",)
NO_DATABASE = ("",)
"""Where a port of the world runs: a clock has no database."""
BASE = "Contract"
WEAKENS = {"skip", "skipif", "xfail"}
GAP = "MISSING"


@dataclass(frozen=True, order=True)
class Run:
    """The contract of one port, on one implementation and one database."""

    port: str
    implementation: str
    database: str


@dataclass(frozen=True)
class Source:
    """The folders of source and tests, read without importing anything of them."""

    src: Path = HERE / "src"
    tests: Path = HERE / "tests"

    def ports(self) -> dict[str, ast.ClassDef]:
        """Every port by its name: those of `Stores`, and of the world."""
        found = {name: port for module in MODULES for name, port in self._protocols(module).items()}
        return {name: port for name, port in found.items() if name != ALL_STORES}

    def contracts(self) -> dict[str, ast.ClassDef]:
        """The contract of each port, by the port's name."""
        return {port: each for _, each in self._classes_of_contracts() if (port := _port_of(each.name))}

    def calls(self, port: str) -> set[str]:
        """The names of all methods and attributes in the modules of a port's contract."""
        modules = [module for module, _ in self._parts(self.contracts()[port])]
        return {node.attr for module in modules for node in ast.walk(module) if isinstance(node, ast.Attribute)}

    def _parts(self, contract: ast.ClassDef) -> Iterator[tuple[ast.Module, ast.ClassDef]]:
        """A contract and what it is put together of, each with its module; the base of all is no part."""
        for module, each in self._classes_of_contracts():
            if each is contract:
                yield module, each
            elif each.name in _bases(contract) and each.name != BASE:
                yield from self._parts(each)

    def _classes_of_contracts(self) -> Iterator[tuple[ast.Module, ast.ClassDef]]:
        for file in sorted((self.src / "consentguard" / "testing" / "contracts").glob("*.py")):
            yield from ((_parsed(file), each) for each in _classes(_parsed(file)))

    def wanted(self) -> set[Run]:
        """What should run: each port on each implementation that the source has, on each database of it."""
        of_world, all_stores = self._protocols("world"), self._protocols("stores")[ALL_STORES]
        of_stores = [name for name in self.ports() if name not in of_world]
        runs = set()
        for package, each in self._implementations():
            if members(all_stores) <= members(each):
                databases = MEMORY if package == "consentguard" else SQL
                runs |= {Run(name, each.name, database) for name in of_stores for database in databases}
            if not _refuses(each):
                runs |= {
                    Run(name, each.name, "") for name, port in of_world.items() if _methods(port) <= _methods(each)
                }
        return runs

    def found(self) -> set[Run]:
        """What runs: each class of tests that inherits a contract whole and names an implementation of its port."""
        known: dict[str, set[str]] = {}
        for run in self.wanted():
            known.setdefault(run.port, set()).add(run.implementation)
        runs = set()
        for file in sorted(self.tests.rglob("test_*.py")):
            module = _parsed(file)
            for each, port in self._inheritors(module):
                theirs = known.get(port, set())
                used = next(filter(None, (_names(place) & theirs for place in (each, module, *_around(file)))), set())
                databases = NO_DATABASE if port in self._protocols("world") else _databases(file)
                runs |= {Run(port, name, database) for name in used for database in databases}
        return runs

    def _implementations(self) -> Iterator[tuple[str, ast.ClassDef]]:
        for file in sorted(self.src.rglob("*.py")):
            package, folder, *_ = file.relative_to(self.src).parts
            if folder != "ports":
                yield from ((package, each) for each in _classes(_parsed(file)) if "Protocol" not in _names(each))

    def _inheritors(self, module: ast.Module) -> Iterator[tuple[ast.ClassDef, str]]:
        """The classes of tests that leave no test of their contract out, with the port."""
        contracts = self.contracts()
        for each in _classes(module):
            for port in filter(None, map(_port_of, _bases(each))):
                if each.name.startswith("Test") and port in contracts and not self._weakens(each, contracts[port]):
                    yield each, port

    def _weakens(self, tests: ast.ClassDef, contract: ast.ClassDef) -> bool:
        """Whether a class of tests is skipped, or puts something in the place of a test that it inherits."""
        marks = {
            node.attr for each in tests.decorator_list for node in ast.walk(each) if isinstance(node, ast.Attribute)
        }
        own = {each.name for each in _functions(tests)}
        theirs = {each.name for _, part in self._parts(contract) for each in _functions(part)}
        return bool(marks & WEAKENS or own & {name for name in theirs if name.startswith("test_")})

    def _protocols(self, module: str) -> dict[str, ast.ClassDef]:
        classes = _classes(_parsed(self.src / "consentguard" / "ports" / f"{module}.py"))
        return {each.name: each for each in classes if "Protocol" in _names(each)}


def members(class_: ast.ClassDef) -> set[str]:
    """Its public methods and properties, and what it puts on itself."""
    stored = {node.attr for node in ast.walk(class_) if isinstance(node, ast.Attribute) and _is_stored(node)}
    return {name for name in stored | {each.name for each in _functions(class_)} if not name.startswith("_")}


def table(wanted: set[Run], found: set[Run], ports: Sequence[str]) -> str:
    """One line for each port and implementation, with the databases that the contract runs on, and what is missing."""
    lines = []
    for port in ports:
        names = sorted({run.implementation for run in wanted if run.port == port})
        for name in names or ["(the host's own)"]:
            runs = sorted(run for run in wanted if (run.port, run.implementation) == (port, name))
            cells = [run.database or "runs" if run in found else f"{run.database} {GAP}".strip() for run in runs]
            lines.append(f"{port:17}{name:18}{', '.join(cells)}".rstrip())
    return "\n".join(lines)


def _port_of(name: str) -> str:
    """The port whose contract has this name; empty for any other name, and for the base of all."""
    return name.removesuffix("Contract") if name.endswith("Contract") else ""


def _databases(file: Path) -> tuple[str, ...]:
    """The params of the fixture `database` of a module, or of the conftest.py next to it; in memory without one."""
    for source in (_parsed(file), *_around(file)):
        for function in source.body:
            if isinstance(function, ast.FunctionDef) and function.name == "database":
                nodes = [node for each in function.decorator_list for node in ast.walk(each)]
                return tuple(each.value for each in nodes if isinstance(each, ast.Constant) and each.value in SQL)
    return MEMORY


def _around(file: Path) -> list[ast.Module]:
    """The conftest.py next to a module of tests, where there is one."""
    return [_parsed(each) for each in file.parent.glob("conftest.py")]


@cache
def _parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


def _classes(module: ast.Module) -> list[ast.ClassDef]:
    return [node for node in module.body if isinstance(node, ast.ClassDef)]


def _bases(class_: ast.ClassDef) -> list[str]:
    return [getattr(base, "attr", getattr(base, "id", "")) for base in class_.bases]


def _functions(class_: ast.ClassDef) -> list[ast.FunctionDef]:
    return [node for node in class_.body if isinstance(node, ast.FunctionDef)]


def _public(class_: ast.ClassDef) -> list[ast.FunctionDef]:
    return [each for each in _functions(class_) if not each.name.startswith("_")]


def _decorators(function: ast.FunctionDef) -> set[str]:
    return {name for each in function.decorator_list for name in _names(each)}


def _refuses(class_: ast.ClassDef) -> bool:
    """Whether all that it does is to raise: what stands for something that the host has not named owes nothing."""
    return all(each.returns is not None and "NoReturn" in _names(each.returns) for each in _public(class_))


def _methods(class_: ast.ClassDef) -> set[tuple[str, ...]]:
    """Its public methods, each with the names of its parameters; a property is none."""
    functions = [each for each in _public(class_) if "property" not in _decorators(each)]
    return {(each.name, *(argument.arg for argument in each.args.args)) for each in functions}


def _names(node: ast.AST) -> set[str]:
    """Every name that the code uses, not those that it merely imports."""
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def _is_stored(node: ast.Attribute) -> bool:
    return isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name) and node.value.id == "self"


def main() -> int:
    """Prints the matrix; returns the exit status."""
    source = Source()
    wanted, found = source.wanted(), source.found()
    print(table(wanted, found, list(source.ports())))
    return 1 if wanted - found else 0


if __name__ == "__main__":
    sys.exit(main())
