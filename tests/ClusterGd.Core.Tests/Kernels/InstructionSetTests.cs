using System.Diagnostics;
using Xunit;

namespace ClusterGd.Core.Tests.Kernels;

/// <summary>One result on every machine: the kernels in processes that may use fewer instructions.</summary>
public class InstructionSetTests
{
    [Theory]
    [InlineData("DOTNET_EnableAVX512", "avx512")]
    [InlineData("DOTNET_EnableAVX2", "avx2")]
    [InlineData("DOTNET_EnableAVX", "avx")]
    [InlineData("DOTNET_EnableHWIntrinsic", "sse42")]
    [InlineData("DOTNET_TieredCompilation", "nothing")]
    public void Kernels_WithoutAnInstructionSet_HaveTheSameBits(string variable, string absent)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        { RedirectStandardOutput = true };
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(typeof(InstructionSetTests).Assembly.Location);
        start.Environment[variable] = "0";

        using var process = Process.Start(start)!;
        string[] instructionSets = process.StandardOutput.ReadLine()!.Split(' ');
        string digest = process.StandardOutput.ReadToEnd();
        process.WaitForExit();

        Assert.Equal(0, process.ExitCode);
        Assert.DoesNotContain(absent, instructionSets);
        Assert.Equal(KernelDigest.Compute(), digest);
    }
}
