using System.Runtime.Intrinsics.X86;
using ClusterGd.Core.Tests.Kernels;

// Started by InstructionSetTests: prints this process's instruction sets and what every kernel computes on them.
(string Name, bool IsSupported)[] instructionSets =
[
    ("sse42", Sse42.IsSupported), ("avx", Avx.IsSupported), ("avx2", Avx2.IsSupported), ("fma", Fma.IsSupported),
    ("avx512", Avx512F.IsSupported),
];
Console.WriteLine(string.Join(' ', instructionSets.Where(s => s.IsSupported).Select(s => s.Name)));
Console.Write(KernelDigest.Compute());
