using System.Diagnostics;

class Run {
  void All() => Process.Start("dotnet", "test");
}
