plugins {
  id("com.gradleup.shadow") version "8.3.0"
}
