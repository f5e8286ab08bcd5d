// SPDX-License-Identifier: Apache-2.0
package dev.quench.report;

/// A part that a report's page may have besides the results: what explains them.
public interface ReportSection {
  /// Heading of the section, plain text.
  String title();

  /// HTML that stands on its own: everything from outside escaped, images as data addresses.
  String toHtml();
}
