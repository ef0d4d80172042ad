package io.acme.orders;

import java.nio.file.Path;

class Seed {
  static final Path FILE = Path.of("src/main/resources/seed.csv");
}
