// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.output;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// The heading under which help lists the options that a class declares; "Options" where a class
/// has none.
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface OptionGroup {
  /// Of options that every command has.
  String COMMON = "General";

  String value();
}
