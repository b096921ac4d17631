"""Records how PyYAML's safe loader, which Azure ML's own tools use, reads plain scalars.

Usage: python test/golden/yaml-scalars.py > test/golden/yaml-scalars.json
"""
import json
import math
import sys
import yaml

SCALARS = """y n Y N yes Yes YES yEs no No NO on On ON oN off Off OFF true True TRUE tRUE false False FALSE
null Null NULL nULL ~ none None
0 1 -1 +1 007 010 -010 08 09 0o10 0b101 0b -0b11 0b2 0x1F 0X1F 0x 0x_ 0b_ 1_000 _1 1__0 1_ - + . .. -. +.
12:30 01:30 0:30 1:60 1:59 -1:30 190:20:30 12:30:45 1:2:3 12:30.5 0:30.5 1:
1. 1.0 -1.0 +1.5 .5 -.5 +.5 ._5 .5_ 5._ 1_0.5_0 1.5e3 1.5e+3 1.5E-3 1e3 1e+3 2e-5 2.0e-5 2.e-5 .5e+1 .5e1
.inf .Inf .INF -.inf +.inf .iNF .nan .NaN .NAN .nAN -.nan inf nan
9007199254740993 123456789012345678901234567890 0.1 100000000000000000.0 0.00001 1.0e+16 123456789.125 -0.0
2026-11-23 2026-1-3 2026-11-23T10:20:30Z 2026-11-23t10:20:30.5 2026-11-23T1:20:30+1:30 2026-11-23T10:20 20261123 2026-11
v1 1.2.3 1a a1 e1 1,000 1.0.0 0.0.1 << == = 127.0.0.1 5001/tcp Standard_D4as_v4 @latest""".split()
SCALARS += ["2026-11-23 10:20:30", "2026-11-23 10:20:30 +01:00", "yes no", "1 2", "10 %"]


def reading(source):
    try:
        value = yaml.safe_load("k: " + source + "\n")["k"]
    except Exception:
        return {"type": "error"}
    kind = type(value).__name__
    if kind in ("date", "datetime"):
        return {"type": "timestamp"}
    types = {"str": "text", "int": "integer", "float": "float", "bool": "boolean", "NoneType": "null"}
    return {"type": types[kind], "text": "" if value is None else str(value)}


json.dump({source: reading(source) for source in SCALARS}, sys.stdout, indent=1)
print()
