using System.Reflection;
using Xunit.Sdk;

namespace ClusterGd.Tests;

/// <summary>A case of a theory, like InlineData, for deep runs only: see <see cref="TestDepth"/>.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class DeepDataAttribute(params object[] data) : DataAttribute
{
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => TestDepth.IsDeep ? [data] : [];
}
