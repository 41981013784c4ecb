/** The standard normal quantile of .975: all intervals are 95 % ones, and reach so many standard errors to either side. */
export const standardErrors95 = 1.959963984540054;
