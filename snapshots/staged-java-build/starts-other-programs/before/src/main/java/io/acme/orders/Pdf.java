package io.acme.orders;

class Pdf {
  void render() throws Exception {
    new ProcessBuilder("wkhtmltopdf", "in.html", "out.pdf").start();
  }
}
