import type { NextConfig } from "next";
import createMDX from "@next/mdx";

const config: NextConfig = {
  /* what else there is */
};

const withMDX = createMDX({ extension: /\.mdx?$/ });

export default withMDX(config);
