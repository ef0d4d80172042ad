using System.Diagnostics;

class Pdf {
  void Render() => Process.Start("wkhtmltopdf", "in.html out.pdf");
}
